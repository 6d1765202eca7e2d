/** A new password for whoever has a code: from a mail, from the server's owner, from the command line. */
import { notice } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { newPasswordField } from '../controls/password_field.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {{ email: string, code: string, done?: string }} known
 * @param {() => void} succeeded
 */
export function resetForm(panel, known, succeeded) {
  const { texts, calls, state } = panel
  const code = textField({
    name: 'code', label: texts.get('reset.code'), hint: texts.get('reset.code_hint'), value: known.code,
    autocomplete: 'one-time-code', missing: texts.get('reset.enter_the_code'),
    attributes: { class: 'field-input mono' }
  })
  const password = newPasswordField(panel, () => known.email ? { email: known.email } : {})
  return element('div', { class: 'part' },
    known.done && notice('info', '', known.done),
    form(panel, {
      fields: [code, password],
      content: [code.element, password.element],
      label: texts.get('reset.set_the_password'),
      busy: texts.get('reset.setting'),
      fieldOf: { token_invalid: code, password_unacceptable: password },
      async send() {
        await calls.resetPassword(code.value.trim(), password.value)
        await state.refreshEverywhere()
        succeeded()
      }
    }))
}
