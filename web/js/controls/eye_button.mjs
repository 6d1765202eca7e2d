/** Shows what stands in a field of dots. */
import { element } from '../dom.mjs'
import { icon } from './icons.mjs'

/**
 * @param {HTMLInputElement} input
 * @param {string} label
 */
export function eyeButton(input, label) {
  const button = element('button', {
    type: 'button', class: 'in-field', 'data-part': `${input.name}-eye`, 'aria-label': label
  })
  const show = (/** @type {boolean} */ visible) => {
    input.type = visible ? 'text' : 'password'
    button.ariaPressed = String(visible)
    button.replaceChildren(icon(visible ? 'eye_off' : 'eye'))
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  show(false)
  return button
}
