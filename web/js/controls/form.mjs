/** A form: sends itself once, and says what the server refused at the field that it concerns. */
import { element } from '../dom.mjs'
import { busyWhile, sentenceOf } from './buttons.mjs'
import { icon } from './icons.mjs'

/** @typedef {Pick<import('./text_field.mjs').Field, 'input' | 'isFilled' | 'refuse'>} Field */

/**
 * @typedef {object} FormOptions
 * @property {Field[]} fields those that may have to be filled in
 * @property {(Node | null)[]} content all that stands above the button, the fields among it
 * @property {string} label the button's
 * @property {string} [busy] stands in the button while it works
 * @property {'primary' | 'secondary' | 'danger'} [kind]
 * @property {Node} [beside] stands at the button's right
 * @property {Record<string, Field>} [fieldOf] the field for the code of an error
 * @property {() => Promise<void>} send
 * @property {(error: Passport.Error) => boolean | void} [refused] what else to do; true: all is said
 */

/**
 * @param {Passport.DialogPanel} panel
 * @param {FormOptions} options
 */
export function form({ texts }, { fields, content, label, busy, kind = 'primary', beside, fieldOf = {}, send, refused }) {
  const button = element('button', { type: 'submit', class: `button ${kind}`, 'data-part': 'submit' },
    element('span', { class: 'label' }, label),
    busy && element('span', { class: 'busy-label', 'aria-hidden': 'true' }, busy))
  const problem = element('div', { class: 'form-problem problem', role: 'alert' })

  /** @param {Passport.Error} error */
  const refuse = (error) => {
    const sentence = sentenceOf(texts, error)
    const field = fieldOf[error.code]
    const isSaid = refused?.(error)
    if (field) field.refuse(sentence)
    else if (!isSaid) problem.replaceChildren(icon('error'), element('p', {}, sentence))
  }

  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault()
    problem.replaceChildren()
    // Each says what it lacks; the first one gets the focus.
    const lacking = fields.filter((field) => !field.isFilled())
    if (lacking.length) lacking[0].input.focus()
    else void busyWhile(button, () => send().catch(refuse))
  }
  return element('form', { class: 'form', novalidate: true, onsubmit: submit },
    ...content, problem, element('div', { class: 'buttons' }, button, beside))
}
