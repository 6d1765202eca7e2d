/** Creating an account, where the server lets people do so. */
import { linkButton, notice, quiet } from '../controls/buttons.mjs'
import { sharedComputerChoice } from '../controls/choice.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { newPasswordField } from '../controls/password_field.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { admissionField } from './admission_field.mjs'

/**
 * What to do about an address that has an account already.
 * @param {Passport.Texts} texts
 * @param {(mode: import('./email_tab.mjs').Mode) => void} goTo
 */
function takenNotice(texts, goTo) {
  const offer = notice('info', '', texts.get('register.is_it_yours'),
    element('div', { class: 'form-links' },
      linkButton(texts.get('register.log_in_instead'), () => goTo('sign_in'), 'taken-log-in'),
      linkButton(texts.get('register.reset_the_password'), () => goTo('forgotten'), 'taken-reset')))
  offer.hidden = true
  return offer
}

/**
 * @param {Passport.DialogPanel} panel
 */
function introduction({ texts, state: { status } }) {
  if (status?.has_owner === false) return notice('info', texts.get('register.first_title'), texts.get('register.first'))
  return quiet(texts.get('register.introduction'))
}

/** What a closed registration has to say. @param {Passport.DialogPanel} panel */
function closedNotice({ texts, state: { status } }) {
  const reason = status?.registration?.reason
  return notice('info', texts.get('register.closed_title'),
    texts.find(`reasons.${reason}`) ?? texts.get('register.closed'))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./email_tab.mjs').Known} known
 */
function fields(panel, known) {
  const { texts, state } = panel
  const { needs = null } = state.status?.registration ?? {}
  const name = textField({ name: 'name', label: texts.get('register.name'), autocomplete: 'name' })
  const email = emailField(texts, { value: known.email })
  const person = () => ({
    ...(email.value && { email: email.value.trim() }), ...(name.value && { display_name: name.value.trim() })
  })
  const password = newPasswordField(panel, person, { label: texts.get('password.password') })
  return { name, email, password, admission: admissionField(texts, needs, known.code), needs, person }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./email_tab.mjs').Known} known
 * @param {import('./email_tab.mjs').Go} go
 */
export function registerForm(panel, known, go) {
  const { texts, calls, state, announce } = panel
  if (!state.status?.registration?.enabled) return [closedNotice(panel)]
  const { name, email, password, admission, needs, person } = fields(panel, known)
  const shared = sharedComputerChoice(texts)
  const taken = takenNotice(texts, (mode) => go(mode, { email: email.value }))
  const code = admission ?? email
  return [introduction(panel), form(panel, {
    fields: [...(admission ? [admission] : []), email, password],
    content: [admission?.element ?? null, name.element, email.element, taken, password.element, shared.element],
    label: texts.get('register.create_the_account'),
    busy: texts.get('register.creating'),
    fieldOf: {
      email_taken: email, email_invalid: email, password_unacceptable: password, display_name_invalid: name,
      invitation_needed: code, invitation_invalid: code, set_up_code_needed: code, set_up_code_wrong: code
    },
    refused({ code }) {
      taken.hidden = code !== 'email_taken'
    },
    async send() {
      await calls.register({
        ...person(), email: email.value.trim(), password: password.value, shared_computer: shared.box.checked,
        ...(needs && { [needs]: admission?.value.trim() })
      })
      await state.refreshEverywhere()
      announce(texts.get('spoken.registered'))
    }
  })]
}
