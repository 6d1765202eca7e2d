/** The account's password: another one, or a first one. */
import { actionButton, card, quiet } from '../controls/buttons.mjs'
import { editablePart } from '../controls/editable_part.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { newPasswordField, passwordField } from '../controls/password_field.mjs'
import { element } from '../dom.mjs'
import { proven } from './proof.mjs'
import { whyNoPasswordHere } from './why_no_password.mjs'

/** @param {Passport.DialogPanel} panel */
function person({ state }) {
  const { email, display_name: name } = state.status?.account ?? {}
  return { ...(email && { email }), ...(name && { display_name: name }) }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => void} done
 * @param {Node} cancel
 */
function changeForm(panel, done, cancel) {
  const { texts, calls, state, announce } = panel
  const current = passwordField(texts, { label: texts.get('password.current_password'), name: 'current-password' })
  const next = newPasswordField(panel, () => person(panel))
  return form(panel, {
    fields: [current, next],
    content: [current.element, next.element, quiet(texts.get('password.others_end'))],
    label: texts.get('password.change_the_password'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: { password_wrong: current, password_unacceptable: next },
    async send() {
      await calls.changePassword({ current_password: current.value, new_password: next.value })
      await state.refreshEverywhere()
      done()
      announce(texts.get('spoken.password_changed'))
    }
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => void} done
 * @param {Node} cancel
 */
function firstForm(panel, done, cancel) {
  const { texts, calls, state, announce } = panel
  const email = emailField(texts, { value: state.status?.account?.email ?? '' })
  const password = newPasswordField(panel, () => ({ ...person(panel), email: email.value }), {
    label: texts.get('password.password')
  })
  return form(panel, {
    fields: [email, password],
    content: [quiet(texts.get('password.merging')), email.element, password.element],
    label: texts.get('password.log_in_with_email_too'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: {
      email_taken: email, email_invalid: email, password_unacceptable: password,
      email_or_password_wrong: password, password_wrong: password
    },
    async send() {
      const added = await proven(panel, 'proof.to_link', () =>
        calls.addEmailLogIn({ email: email.value.trim(), password: password.value }))
      if (!added) return
      await state.refreshEverywhere()
      done()
      announce(texts.get(added.merged ? 'spoken.merged' : 'spoken.email_log_in_added'))
    }
  })
}

/** @param {Passport.DialogPanel} panel */
export function passwordCard(panel) {
  const { texts, state } = panel
  const hasPassword = () => state.status?.account?.has_password ?? false
  const part = editablePart(texts, (edit) => {
    const label = hasPassword() ? 'password.change_the_password' : 'password.log_in_with_email_too'
    return [
      quiet(texts.get(hasPassword() ? 'password.is_set' : 'password.is_not_set')),
      whyNoPasswordHere(panel) ?? element('div', { class: 'buttons' },
        actionButton(texts.get(label), 'secondary', edit, { 'data-part': 'edit' }))
    ]
  }, (done, cancel) => [hasPassword() ? changeForm(panel, done, cancel) : firstForm(panel, done, cancel)])
  return { element: card(texts.get('password.password'), part.element), update: part.update }
}
