/** Logging in at Comfy with its own mail address and password; signing up there; a forgotten password. */
import { linkButton, notice, quiet, sentenceOf } from '../controls/buttons.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { joinOffer } from '../controls/joining.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element, fill } from '../dom.mjs'
import { entryFields, linkProven } from './entry.mjs'
import { tellHandedOver } from './handed_over.mjs'

/**
 * @typedef {'hand_over' | 'password' | 'code' | 'sign_up' | 'forgotten'} Mode
 * @typedef {{ email: string, invitation: string, done: string }} Known what one form hands to the next
 * @typedef {(mode: Mode, known?: Partial<Known>) => void} Go
 */

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Known} known
 * @param {'log_in' | 'sign_up'} errand
 */
function passwordForm(panel, known, errand) {
  const { texts, comfy, state } = panel
  const isNew = errand === 'sign_up'
  const email = emailField(texts, { label: texts.get('comfy.email'), name: 'comfy-email', value: known.email })
  const password = passwordField(texts, {
    label: texts.get('comfy.password'), name: 'comfy-password',
    autocomplete: isNew ? 'new-password' : 'current-password'
  })
  const extra = entryFields(panel)
  extra.take(known.invitation)
  const joining = element('div', { class: 'part', role: 'alert' })
  let joins = false
  const offerToJoin = (/** @type {Passport.Error} */ error) => {
    const offer = joinOffer(texts, error, () => {
      joins = true
      whole.requestSubmit()
    })
    if (offer) fill(joining, notice('error', '', sentenceOf(texts, error), offer))
    return Boolean(offer)
  }
  const whole = form(panel, {
    fields: [email, password],
    content: [email.element, password.element, ...extra.content, joining],
    label: texts.get(`comfy.${errand}`),
    busy: texts.get('comfy.asking_comfy'),
    fieldOf: {
      comfy_email_exists: email, comfy_email_invalid: email, comfy_email_or_password_wrong: password,
      comfy_password_weak: password, comfy_password_missing: password, comfy_too_many_attempts: password
    },
    refused: (error) => offerToJoin(error) || extra.refuse(error.code, sentenceOf(texts, error)),
    async send() {
      joining.replaceChildren()
      if (!extra.isFilled()) return
      const isJoined = joins
      joins = false
      const logIn = {
        email: email.value.trim(), password: password.value, ...extra.fields(), ...(isJoined && { link_accounts: true })
      }
      const answer = await linkProven(panel, () => isNew ? comfy.signUp(logIn) : comfy.logIn(logIn))
      if (!answer) return
      password.clear()
      await state.refreshEverywhere()
      await tellHandedOver(panel, answer, isJoined)
    }
  })
  return { whole, email }
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Known} known
 * @param {Go} go
 */
export function logInForm(panel, known, go) {
  const { texts } = panel
  const { whole, email } = passwordForm(panel, known, 'log_in')
  /** @param {Mode} mode @param {string} label */
  const link = (mode, label) => linkButton(texts.get(label), () => go(mode, { email: email.value }), `comfy-${mode}`)
  return [
    known.done ? notice('good', '', known.done) : null, whole,
    element('div', { class: 'form-links' },
      link('sign_up', 'comfy.sign_up_link'), link('forgotten', 'log_in.forgotten_link'))
  ]
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Known} known
 */
export function signUpForm(panel, known) {
  return [quiet(panel.texts.get('comfy.sign_up_explanation')), passwordForm(panel, known, 'sign_up').whole]
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Known} known
 * @param {Go} go
 */
export function forgottenForm(panel, known, go) {
  const { texts, comfy } = panel
  const email = emailField(texts, { label: texts.get('comfy.email'), name: 'comfy-email', value: known.email })
  return [quiet(texts.get('comfy.forgotten_explanation')), form(panel, {
    fields: [email],
    content: [email.element],
    label: texts.get('forgotten.send_the_mail'),
    busy: texts.get('forgotten.sending'),
    fieldOf: { comfy_email_invalid: email },
    async send() {
      await comfy.askForPasswordReset(email.value.trim())
      // The same words whether there is such an account or not.
      go('password', { email: email.value, done: texts.get('comfy.mail_is_on_its_way') })
    }
  })]
}
