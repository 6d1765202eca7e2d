/** A forgotten password: a mail with a link, or who else can help. */
import { linkButton, notice, quiet } from '../controls/buttons.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { element } from '../dom.mjs'

/** For whoever has the machine itself; see docs/accounts.md. */
const COMMAND = 'python3 custom_nodes/ComfyUI-Passport reset-password MAIL'

/**
 * No mail is promised where none can be sent.
 * @param {Passport.Texts} texts
 */
function helpWithoutMail(texts) {
  return notice('info', texts.get('forgotten.this_server_sends_no_mail'), '',
    element('ul', { class: 'bullets' },
      element('li', {}, texts.get('forgotten.ask_the_owner')),
      element('li', {}, texts.get('forgotten.on_the_machine'), ' ', element('code', { class: 'command' }, COMMAND))))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('./email_tab.mjs').Known} known
 * @param {import('./email_tab.mjs').Go} go
 */
export function forgottenForm(panel, known, go) {
  const { texts, calls, state } = panel
  const deletion = () => linkButton(texts.get('log_in.deletion_link'), () => go('deletion', { email: known.email }), 'deletion')
  if (!state.status?.mail?.enabled) {
    return [helpWithoutMail(texts),
      linkButton(texts.get('log_in.reset_link'), () => go('reset', { email: known.email }), 'reset'), deletion()]
  }
  const email = emailField(texts, { value: known.email })
  return [quiet(texts.get('forgotten.explanation')), form(panel, {
    fields: [email],
    content: [email.element],
    label: texts.get('forgotten.send_the_mail'),
    busy: texts.get('forgotten.sending'),
    fieldOf: { email_invalid: email },
    async send() {
      await calls.askForPasswordReset(email.value.trim())
      // The same words whether there is such an account or not.
      go('reset', { email: email.value, done: texts.get('forgotten.mail_is_on_its_way') })
    }
  }), deletion()]
}
