/** A part of the dialog that draws itself anew with each news from the server. */
import { element, fill, focusPart } from '../dom.mjs'

const TICKED = ['checkbox', 'radio']

/**
 * Whether something half-typed stands there, which news must not take away.
 * @param {HTMLElement} parent
 */
export function isTouched(parent) {
  // A box to tick always has a value, which says nothing of whether it was ticked.
  return [...parent.querySelectorAll('input')].some(({ type, value, defaultValue, checked, defaultChecked }) =>
    checked !== defaultChecked || (!TICKED.includes(type) && value !== defaultValue))
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
