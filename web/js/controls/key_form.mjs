/** The form that takes a key, for logging in and for storing another one. */
import { element } from '../dom.mjs'
import { busyWhile, newId, notice, sentenceOf } from './buttons.mjs'
import { keyField } from './key_field.mjs'

/**
 * The warning before a key or a log-in crosses a network unencrypted, and its confirmation.
 * @param {Passport.Texts} texts
 * @param {boolean} needed known beforehand; else shown once the server asks for it
 * @param {'key' | 'log_in'} [what] others could read
 */
export function insecureConfirmation(texts, needed, what = 'key') {
  const id = newId()
  const box = element('input', { type: 'checkbox', id, 'data-part': 'insecure' })
  const warning = notice('warning',
    texts.get('insecure.this_connection_is_not_encrypted'),
    texts.get(`insecure.explanation_${what}`),
    element('label', { class: 'choice', for: id },
      box, element('span', {}, texts.get(`insecure.anyway_${what}`))))
  warning.hidden = !needed
  return {
    element: warning,
    /** What the call to the server says of it. */
    fields: () => (!warning.hidden && box.checked ? { accept_insecure: true } : {}),
    /** Whether the person has still to tick the box, which then gets the focus. */
    missing() {
      if (!warning.hidden && !box.checked) box.focus()
      return !warning.hidden && !box.checked
    },
    ask() {
      warning.hidden = false
      box.focus()
    }
  }
}

/** @typedef {{ accept_insecure?: boolean }} Confirmed */

/**
 * @typedef {object} KeyFormOptions
 * @property {string} label the text's key
 * @property {string} spoken begins the text's key of what is said afterwards
 * @property {Node} [more] stands between the field and the button
 * @property {Node} [beside] stands at the button's right
 * @property {(key: string, more: Confirmed) => Promise<{ credential: Passport.Credential } | null>} send null when
 *   the person has thought better of it
 * @property {() => void} [saved] what else to do once the server has the key
 * @property {(error: Passport.Error, sentence: string) => boolean} [refused] true when all is said
 */

/**
 * @param {Passport.DialogPanel} panel
 * @param {KeyFormOptions} options
 */
export function keyForm(panel, { label, spoken, more, beside, send, saved, refused }) {
  const { texts, state, announce } = panel
  const field = keyField(texts)
  const needed = state.status?.methods.some((method) => method.needs_confirmation) ?? false
  const insecure = insecureConfirmation(texts, needed)
  const button = element('button', { type: 'submit', class: 'button primary', 'data-part': 'submit' },
    element('span', { class: 'label' }, texts.get(label)),
    element('span', { class: 'busy-label', 'aria-hidden': 'true' }, texts.get('log_in.checking_the_key')))

  const attempt = async () => {
    const key = field.take()
    if (key === null) return
    if (insecure.missing()) return field.complain(texts.get('insecure.confirm_first'))
    announce(texts.get('log_in.checking_the_key'))
    const stored = await send(key, insecure.fields())
    if (!stored) return
    // Neither the key nor a ticked box is half-typed input any more.
    whole.reset()
    await state.refreshEverywhere()
    saved?.()
    announce(texts.get(`spoken.${spoken}_${stored.credential.state}`))
  }

  /** @param {Passport.Error} error */
  const refuse = (error) => {
    if (error.code === 'insecure_connection') return insecure.ask()
    const sentence = sentenceOf(texts, error)
    if (!refused?.(error, sentence)) field.refuse(sentence)
  }

  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault()
    void busyWhile(button, () => attempt().catch(refuse))
  }

  const whole = element('form', { class: 'form', novalidate: true, autocomplete: 'off', onsubmit: submit },
    field.element, more, insecure.element,
    element('div', { class: 'buttons' }, button, beside))
  return whole
}
