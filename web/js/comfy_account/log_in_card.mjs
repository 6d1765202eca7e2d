/** How one logs in at Comfy itself: the mail address, whether it is confirmed, and the password. */
import { actionButton, badge, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { editablePart } from '../controls/editable_part.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { form } from '../controls/form.mjs'
import { icon } from '../controls/icons.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element } from '../dom.mjs'
import { lookAgainOnReturn } from './comfy_panel.mjs'

/**
 * A button that has Comfy send a mail, and says that it did.
 * @param {Passport.ComfyPanel} panel
 * @param {string} label
 * @param {string} part
 * @param {{ send: () => Promise<unknown>, sent: string }} mail
 */
function mailButton({ texts, announce, complain }, label, part, { send, sent }) {
  return actionButton(label, 'secondary', async (button) => {
    try {
      await send()
      button.firstElementChild?.replaceChildren(texts.get('address.sent'))
      announce(sent)
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }, { 'data-part': part })
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {string} email
 * @param {boolean} isConfirmed
 */
function addressPart(panel, email, isConfirmed) {
  const { texts, comfy } = panel
  const state = isConfirmed ? badge('good', texts.get('address.confirmed'), icon('check'))
    : badge('plain', texts.get('address.not_confirmed'), icon('clock'))
  const again = !isConfirmed && mailButton(panel, texts.get('address.send_the_mail_again'), 'verify', {
    send: comfy.sendVerification, sent: texts.get('address.sent_to', { email })
  })
  return element('div', { class: 'fact-line' }, element('p', { class: 'marked' }, email, state), again)
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {() => void} done
 * @param {Node} cancel
 */
function changeForm({ texts, comfy, state, announce, ...panel }, done, cancel) {
  const current = passwordField(texts, { label: texts.get('comfy.current_password'), name: 'comfy-password' })
  const next = passwordField(texts, {
    label: texts.get('comfy.new_password'), name: 'comfy-new-password', autocomplete: 'new-password',
    missing: texts.get('password.choose_a_password')
  })
  return form({ ...panel, texts, state, announce }, {
    fields: [current, next],
    content: [current.element, next.element, quiet(texts.get('comfy.others_end'))],
    label: texts.get('password.change_the_password'),
    busy: texts.get('comfy.asking_comfy'),
    beside: cancel,
    fieldOf: {
      comfy_email_or_password_wrong: current, comfy_too_many_attempts: current, too_many_tries: current,
      comfy_password_weak: next, comfy_password_missing: next
    },
    async send() {
      await comfy.changePassword({ current_password: current.value, new_password: next.value })
      await state.refreshEverywhere()
      done()
      announce(texts.get('comfy.password_changed'))
    }
  })
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {string} email
 * @param {boolean} mayChange
 */
function passwordPart(panel, email, mayChange) {
  const { texts, comfy } = panel
  const forgotten = () => mailButton(panel, texts.get('comfy.send_a_new_password'), 'reset', {
    send: () => comfy.askForPasswordReset(email), sent: texts.get('address.sent_to', { email })
  })
  return editablePart(texts, (edit) => [
    quiet(texts.get(mayChange ? 'comfy.password_is_set' : 'comfy.password_by_mail_alone')),
    element('div', { class: 'buttons' },
      mayChange && actionButton(texts.get('password.change_the_password'), 'secondary', edit, { 'data-part': 'edit' }),
      forgotten())
  ], (done, cancel) => [changeForm(panel, done, cancel)]).element
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount} account
 */
export function logInCard(panel, { session }) {
  const { texts, comfy } = panel
  const part = fetchedPart(panel, comfy.address, ({ email, email_verified: isConfirmed, has_password: hasPassword }) => [
    email ? addressPart(panel, email, isConfirmed) : quiet(texts.get('address.none')),
    email && hasPassword ? passwordPart(panel, email, session?.state === 'good')
      : quiet(texts.get('comfy.no_password_there'))
  ])
  // Whoever comes back may have opened the mail's link.
  lookAgainOnReturn(part.element, () => {
    if (!part.element.querySelector('form')) void part.refresh()
  })
  void part.refresh()
  return card(texts.get('comfy.log_in_at_comfy'), part.element)
}
