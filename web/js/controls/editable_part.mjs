/** Something that stands there, and a form in its place once somebody wants to change it. */
import { focusPart } from '../dom.mjs'
import { actionButton } from './buttons.mjs'
import { livePart } from './live_part.mjs'
import { focusFirstField } from './first_field.mjs'

/** @typedef {import('../dom.mjs').Child} Child */

/**
 * @param {Passport.Texts} texts
 * @param {(edit: () => void) => Child[]} shown draws what stands there; its button has the part "edit"
 * @param {(done: () => void, cancel: Node) => Child[]} form
 */
export function editablePart(texts, shown, form) {
  let isOpen = false
  /** @param {boolean} open */
  const turn = (open) => {
    isOpen = open
    live.draw()
    if (open) focusFirstField(live.element)
    else focusPart(live.element, 'edit')
  }
  const close = () => turn(false)
  const live = livePart(() => isOpen
    ? form(close, actionButton(texts.get('general.cancel'), 'quiet', close, { 'data-part': 'cancel' }))
    : shown(() => turn(true)))
  return live
}
