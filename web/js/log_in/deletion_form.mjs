/** Whoever cannot log in any more can still have their account deleted: the owner is asked. */
import { notice, quiet } from '../controls/buttons.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { textField } from '../controls/text_field.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./email_tab.mjs').Known} known
 * @param {import('./email_tab.mjs').Go} go
 */
export function deletionForm(panel, known, go) {
  const { texts, calls } = panel
  const email = emailField(texts, { value: known.email })
  /** @param {string} name @param {number} [longest] */
  const field = (name, longest) => textField({
    name, label: texts.get(`ask_for_deletion.${name}`), hint: texts.get(`ask_for_deletion.${name}_hint`),
    missing: texts.get(`ask_for_deletion.${name}_missing`), attributes: { maxlength: longest }
  })
  const [server, end] = [field('server_name'), field('last_four', 4)]
  return [quiet(texts.get('ask_for_deletion.explanation')),
    notice('info', '', texts.get('ask_for_deletion.owner_decides')),
    form(panel, {
      fields: [email, server, end],
      content: [email.element, server.element, end.element],
      label: texts.get('ask_for_deletion.ask_the_owner'),
      busy: texts.get('forgotten.sending'),
      fieldOf: { email_invalid: email },
      async send() {
        await calls.askForDeletion({
          email: email.value.trim(), server_name: server.value.trim(), last_four: end.value.trim()
        })
        // The same words whether there is such an account or not.
        go('sign_in', { done: texts.get('ask_for_deletion.asked') })
      }
    })]
}
