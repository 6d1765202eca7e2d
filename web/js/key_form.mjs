/** The form that takes a key, for logging in and for storing another one. */
import { busyWhile, notice, sentenceOf } from './controls.mjs'
import { element } from './dom.mjs'
import { keyField } from './key_field.mjs'

/**
 * The warning before a key crosses a network unencrypted, and its confirmation.
 * @param {Passport.Texts} texts
 * @param {boolean} needed known beforehand; else shown once the server asks for it
 */
function insecureConfirmation(texts, needed) {
  const box = element('input', { type: 'checkbox', id: 'accept-insecure', 'data-part': 'insecure' })
  const warning = notice('warning',
    texts.get('insecure.this_connection_is_not_encrypted'),
    texts.get('insecure.explanation'),
    element('label', { class: 'choice', for: 'accept-insecure' },
      box, element('span', {}, texts.get('insecure.send_it_anyway'))))
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

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.KeyFormWording} wording
 * @param {(key: string, more: { accept_insecure?: boolean }) => Promise<{ credential: Passport.Credential }>} send
 */
export function keyForm(panel, wording, send) {
  const { texts, state, announce } = panel
  const field = keyField(texts)
  const needed = state.status?.methods.some((method) => method.needs_confirmation) ?? false
  const insecure = insecureConfirmation(texts, needed)
  const button = element('button', { type: 'submit', class: 'button primary', 'data-part': 'submit' },
    element('span', { class: 'label' }, texts.get(wording.label)),
    element('span', { class: 'busy-label', 'aria-hidden': 'true' }, texts.get('log_in.checking_the_key')))

  const attempt = async () => {
    const key = field.take()
    if (key === null) return
    if (insecure.missing()) return field.complain(texts.get('insecure.confirm_first'))
    announce(texts.get('log_in.checking_the_key'))
    const { credential } = await send(key, insecure.fields())
    field.clear()
    panel.keyAction = 'none'
    await state.refreshEverywhere()
    announce(texts.get(`spoken.${wording.spoken}_${credential.state}`))
  }

  /** @param {{ code?: string }} error */
  const refuse = (error) => {
    if (error.code === 'insecure_connection') return insecure.ask()
    field.complain(sentenceOf(texts, error))
    field.focus()
  }

  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault()
    void busyWhile(button, () => attempt().catch(refuse))
  }

  return element('form', { class: 'key-form', novalidate: true, autocomplete: 'off', onsubmit: submit },
    field.element, wording.more, insecure.element,
    element('div', { class: 'buttons' }, button, wording.beside))
}
