/** A part of the dialog that draws itself anew with each news from the server. */
import { element, fill, focusPart } from '../dom.mjs'

/**
 * Whether something half-typed stands there, which news must not take away.
 * @param {HTMLElement} parent
 */
function isTouched(parent) {
  return [...parent.querySelectorAll('input')].some((input) =>
    input.value !== input.defaultValue || input.checked !== input.defaultChecked)
}

/**
 * @param {() => import('../dom.mjs').Child[]} content
 * @returns {Passport.Part & { draw(part?: string): void }}
 */
export function livePart(content) {
  const parent = element('div', { class: 'part' })
  const draw = () => fill(parent, ...content())
  draw()
  return {
    element: parent,
    update() {
      if (!isTouched(parent)) draw()
    },
    /** Draws whatever stands there, and puts the focus on a part. */
    draw(part) {
      draw()
      if (part) focusPart(parent, part)
    }
  }
}
