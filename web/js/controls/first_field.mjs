/** Where somebody begins who came to fill something in. */
import { focusPart } from '../dom.mjs'

/**
 * Puts the focus on the first field that can be seen; where there is none, on the first thing to read.
 * @param {ParentNode} parent
 */
export function focusFirstField(parent) {
  const field = [...parent.querySelectorAll('input')].find((input) => input.checkVisibility())
  if (field) field.focus()
  else focusPart(parent)
}
