/** The form that takes a key, for logging in and for replacing the stored one. */
import { busyWhile, notice, sentenceOf } from './controls.mjs'
import { element } from './dom.mjs'
import { keyField } from './key_field.mjs'

/** @typedef {{ label: string, busyLabel: string, more?: Node[], beside?: Node[] }} Wording */

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
    get accepted() {
      return !warning.hidden && box.checked
    },
    /** Whether the person has still to tick the box, which then gets the focus. */
    missing() {
      if (warning.hidden || box.checked) return false
      box.focus()
      return true
    },
    ask() {
      warning.hidden = false
      box.focus()
    }
  }
}

/** @param {Passport.DialogPanel} panel */
function confirmationNeeded(panel) {
  return panel.state.status?.methods.some((method) => method.needs_confirmation) ?? false
}

/** @param {Wording} wording */
function submitButton({ label, busyLabel }) {
  return element('button', { type: 'submit', class: 'button primary', 'data-part': 'submit' },
    element('span', { class: 'label' }, label),
    element('span', { class: 'busy-label', 'aria-hidden': 'true' }, busyLabel))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Wording} wording
 * @param {(key: string, acceptInsecure: boolean) => Promise<void>} send
 */
export function keyForm(panel, wording, send) {
  const { texts } = panel
  const field = keyField(texts)
  const insecure = insecureConfirmation(texts, confirmationNeeded(panel))
  const button = submitButton(wording)

  const attempt = async () => {
    const key = field.take()
    if (key === null) return
    if (insecure.missing()) return field.complain(texts.get('insecure.confirm_first'))
    panel.announce(wording.busyLabel)
    try {
      await send(key, insecure.accepted)
      field.clear()
    } catch (error) {
      refuse(error)
    }
  }

  /** @param {unknown} error */
  const refuse = (error) => {
    if (/** @type {{ code?: string }} */ (error).code === 'insecure_connection') {
      return insecure.ask()
    }
    field.complain(sentenceOf(texts, error))
    field.focus()
  }

  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault()
    void busyWhile(button, attempt)
  }

  return element('form', { class: 'key-form', novalidate: true, autocomplete: 'off', onsubmit: submit },
    field.element, ...(wording.more ?? []), insecure.element,
    element('div', { class: 'buttons' }, button, ...(wording.beside ?? [])))
}
