/** The account's mail address: whether it is confirmed, and another one. */
import { actionButton, badge, card, notice, quiet } from '../controls/buttons.mjs'
import { editablePart } from '../controls/editable_part.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { icon } from '../controls/icons.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { sendAgainButton, unconfirmedAddress } from './address_notice.mjs'
import { whyNoPasswordHere } from './why_no_password.mjs'

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Account} account
 */
function addressLine(texts, { email, email_verified: isConfirmed }) {
  if (!email) return quiet(texts.get('address.none'))
  return element('p', { class: 'marked' }, email, isConfirmed
    ? badge('good', texts.get('address.confirmed'), icon('check'))
    : badge('plain', texts.get('address.not_confirmed'), icon('clock')))
}

/**
 * What is open: an address that waits for its link to be opened. The code of the mail does, too.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Account} account
 */
function openConfirmation(panel, { pending_email: pending }) {
  const { texts, calls, state, announce } = panel
  const waiting = unconfirmedAddress(state.status)
  if (!waiting) return null
  const code = textField({
    name: 'code', label: texts.get('address.code_from_the_mail'), autocomplete: 'one-time-code',
    missing: texts.get('reset.enter_the_code'), attributes: { class: 'field-input mono' }
  })
  return notice('info', '', texts.get(pending ? 'address.changes_once_confirmed' : 'address.open_the_link', { email: waiting }),
    form(panel, {
      fields: [code],
      content: [code.element],
      kind: 'secondary',
      label: texts.get('address.confirm'),
      beside: sendAgainButton(panel),
      fieldOf: { token_invalid: code },
      async send() {
        const { email: confirmed } = await calls.confirmEmail(code.value.trim())
        code.clear()
        await state.refreshEverywhere()
        announce(texts.get('verify.confirmed', { email: confirmed }))
      }
    }))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => void} done
 * @param {Node} cancel
 */
function changeForm(panel, done, cancel) {
  const { texts, calls, state, announce } = panel
  const email = emailField(texts, { label: texts.get('address.new_email'), autocomplete: 'email' })
  const password = passwordField(texts, { label: texts.get('password.your_password') })
  return form(panel, {
    fields: [email, password],
    content: [email.element, password.element],
    label: texts.get('address.change_the_address'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: { email_taken: email, email_invalid: email, password_wrong: password },
    async send() {
      const { account } = await calls.changeEmail({ email: email.value.trim(), password: password.value })
      await state.refreshEverywhere()
      done()
      announce(account.pending_email
        ? texts.get('address.changes_once_confirmed', { email: account.pending_email })
        : texts.get('spoken.address_changed'))
    }
  })
}

/** @param {Passport.DialogPanel} panel */
export function addressCard(panel) {
  const { texts, state } = panel
  const part = editablePart(texts, (edit) => {
    const { account } = state.status ?? {}
    if (!account) return []
    const mayChange = account.has_password && !whyNoPasswordHere(panel)
    return [
      element('div', { class: 'fact-line' }, addressLine(texts, account),
        mayChange && actionButton(texts.get('security.change'), 'secondary', edit, {
          'data-part': 'edit', 'aria-label': texts.get('address.change_the_address')
        })),
      openConfirmation(panel, account)
    ]
  }, (done, cancel) => [changeForm(panel, done, cancel)])
  return { element: card(texts.get('address.title'), part.element), update: part.update }
}
