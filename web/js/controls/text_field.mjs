/** A labelled field: what is wrong with it stands under it, in room that is always there. */
import { element } from '../dom.mjs'
import { newId } from './buttons.mjs'
import { icon } from './icons.mjs'

/**
 * @typedef {object} FieldOptions
 * @property {string} label
 * @property {string} name tells the field apart, for people's password managers and for the focus
 * @property {string} [type]
 * @property {string} [autocomplete]
 * @property {string} [value]
 * @property {string} [hint] stands under the field while nothing is wrong
 * @property {string} [missing] what to say when nothing was entered; without it the field may be empty
 * @property {import('../dom.mjs').Attributes} [attributes] of the input
 * @property {Node} [beside] stands at the label's right
 *
 * @typedef {ReturnType<typeof textField>} Field
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} message
 * @param {string} sentence
 */
function showProblem(input, message, sentence) {
  input.ariaInvalid = sentence ? 'true' : null
  message.replaceChildren(...(sentence ? [icon('error'), element('span', {}, sentence)] : []))
}

/** @param {FieldOptions} options */
export function textField({ label, name, missing, hint, beside, attributes, value, ...options }) {
  const ids = { input: newId(), message: newId(), hint: newId() }
  const message = element('p', { id: ids.message, class: 'field-message problem', role: 'alert' })
  const input = element('input', {
    id: ids.input, name, 'data-part': name, class: 'field-input', type: options.type ?? 'text',
    autocomplete: options.autocomplete ?? 'off', autocapitalize: 'off', spellcheck: 'false',
    required: Boolean(missing), 'aria-describedby': hint ? `${ids.message} ${ids.hint}` : ids.message,
    value, ...attributes
  })
  const complain = (/** @type {string} */ sentence) => showProblem(input, message, sentence)
  const box = element('div', { class: 'field-box' }, input)
  // Where nothing is likely to be said, no room is kept for it.
  const messages = element('div', { class: missing || hint ? 'field-messages' : '' }, message,
    hint && element('p', { id: ids.hint, class: 'field-message muted' }, hint))
  input.addEventListener('input', () => complain(''))
  return {
    element: element('div', { class: 'field' },
      element('div', { class: 'field-head' }, element('label', { for: ids.input }, label), beside),
      box, messages),
    input,
    /** For buttons inside the field. */
    box,
    /** For what is to be said under it. */
    messages,
    complain,
    /** Says what is wrong and puts the focus there. @param {string} sentence */
    refuse(sentence) {
      complain(sentence)
      input.focus()
    },
    /** Whether something was entered, where something must be. */
    isFilled() {
      const isMissing = Boolean(missing) && !input.value.trim()
      complain(isMissing ? missing ?? '' : '')
      return !isMissing
    },
    get value() {
      return input.value
    },
    clear() {
      input.value = ''
    }
  }
}
