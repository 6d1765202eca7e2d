/** Fields for passwords: the one that is, and the one to be, with how hard it is to guess. */
import { element } from '../dom.mjs'
import { eyeButton } from './eye_button.mjs'
import { icon } from './icons.mjs'
import { strengthMeter } from './strength_meter.mjs'
import { textField } from './text_field.mjs'

/**
 * Says that Caps Lock is on while the field has the focus: to the eyes, and to screen readers.
 * @param {Passport.Texts} texts
 * @param {HTMLInputElement} input
 */
function capsLockNotice(texts, input) {
  const line = element('p', { class: 'field-message caution', role: 'status' })
  const say = (/** @type {boolean} */ isOn) => {
    if (isOn === line.hasChildNodes()) return
    line.replaceChildren(...(isOn ? [icon('warning'), texts.get('password.caps_lock_is_on')] : []))
  }
  const look = (/** @type {Event} */ event) => {
    if (event instanceof KeyboardEvent || event instanceof MouseEvent) say(event.getModifierState('CapsLock'))
  }
  // The key that turns it off still reports it on as it goes down, on some systems.
  for (const name of ['keydown', 'keyup', 'mousedown']) input.addEventListener(name, look)
  input.addEventListener('blur', () => say(false))
  return line
}

/**
 * @param {Passport.Texts} texts
 * @param {Partial<import('./text_field.mjs').FieldOptions>} [options]
 */
export function passwordField(texts, options) {
  const field = textField({
    label: texts.get('password.password'), name: 'password', type: 'password',
    autocomplete: 'current-password', missing: texts.get('password.enter_your_password'), ...options
  })
  field.box.append(eyeButton(field.input, texts.get('password.show_the_password')))
  field.messages.append(capsLockNotice(texts, field.input))
  return field
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => { email?: string, display_name?: string }} person what the password must not be guessed from
 * @param {Partial<import('./text_field.mjs').FieldOptions>} [options]
 */
export function newPasswordField(panel, person, options) {
  const { texts } = panel
  const field = passwordField(texts, {
    label: texts.get('password.new_password'), name: 'new-password', autocomplete: 'new-password',
    missing: texts.get('password.choose_a_password'), ...options
  })
  const meter = strengthMeter(panel, field.input, person)
  field.box.after(meter.bars)
  field.messages.append(meter.verdict)
  return field
}
