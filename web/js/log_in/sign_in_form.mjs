/** Logging in with a mail address and a password. */
import { linkButton, notice } from '../controls/buttons.mjs'
import { sharedComputerChoice } from '../controls/choice.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element } from '../dom.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./email_tab.mjs').Known} known
 * @param {import('./email_tab.mjs').Go} go
 */
export function signInForm(panel, known, go) {
  const { texts, calls, state, announce } = panel
  const email = emailField(texts, { value: known.email })
  const password = passwordField(texts)
  const shared = sharedComputerChoice(texts)
  /** @param {import('./email_tab.mjs').Mode} mode */
  const link = (mode) => linkButton(texts.get(`log_in.${mode}_link`), () => go(mode, { email: email.value }), mode)
  return [
    known.done ? notice('good', '', known.done) : null,
    form(panel, {
      fields: [email, password],
      content: [email.element, password.element, shared.element],
      label: texts.get('log_in.log_in'),
      busy: texts.get('log_in.logging_in'),
      fieldOf: { email_or_password_wrong: password, email_invalid: email },
      async send() {
        await calls.logInByEmail({
          email: email.value.trim(), password: password.value, shared_computer: shared.box.checked
        })
        await state.refreshEverywhere()
        announce(texts.get('spoken.logged_in'))
      }
    }),
    element('div', { class: 'form-links' }, link('register'), link('forgotten'), link('reset'))
  ]
}
