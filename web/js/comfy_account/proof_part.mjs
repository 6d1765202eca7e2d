/** Proving with a log-in at Comfy that it is still you: ComfyUI's own, or Comfy's password. */
import { actionButton, quiet, sentenceOf } from '../controls/buttons.mjs'
import { emailField } from '../controls/email_field.mjs'
import { form } from '../controls/form.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element, fill } from '../dom.mjs'
import { comfyMethod, comfyPanel } from './comfy_panel.mjs'

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.FrontendLogIn} logIn
 * @param {() => void} proved
 * @param {Node} cancel
 */
function byFrontend({ texts, comfy, ...panel }, logIn, proved, cancel) {
  const insecure = insecureConfirmation(texts, comfyMethod(panel)?.needs_confirmation ?? false, 'log_in')
  const problem = element('div', { class: 'form-problem problem', role: 'alert' })
  const prove = async () => {
    problem.replaceChildren()
    if (insecure.missing()) return
    try {
      await comfy.prove(await logIn.freshToken(), insecure.fields())
      proved()
    } catch (error) {
      fill(problem, element('p', {}, sentenceOf(texts, error)))
    }
  }
  const who = logIn.email || logIn.name || texts.get('comfy.somebody')
  return [element('p', {}, texts.get('comfy.logged_in_to_comfyui_as', { who })), insecure.element, problem,
    element('div', { class: 'buttons' },
      actionButton(texts.get('comfy.prove_with_it'), 'primary', prove, { 'data-part': 'prove' }), cancel)]
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {() => void} proved
 * @param {Node} cancel
 */
function byPassword(panel, proved, cancel) {
  const { texts, comfy, state } = panel
  const email = emailField(texts, {
    label: texts.get('comfy.email'), name: 'comfy-email', value: state.status?.account?.email ?? ''
  })
  const password = passwordField(texts, { label: texts.get('comfy.password'), name: 'comfy-password' })
  return [form(panel, {
    fields: [email, password],
    content: [email.element, password.element],
    label: texts.get('proof.continue'),
    busy: texts.get('comfy.asking_comfy'),
    beside: cancel,
    fieldOf: { comfy_email_or_password_wrong: password, comfy_email_invalid: email },
    async send() {
      await comfy.provePassword({ email: email.value.trim(), password: password.value })
      password.clear()
      proved()
    }
  })]
}

/**
 * @param {Passport.DialogPanel} plain
 * @param {() => void} proved
 * @param {Node} cancel
 */
export function proofPart(plain, proved, cancel) {
  const panel = comfyPanel(plain)
  const { ways = [] } = comfyMethod(panel) ?? {}
  const logIn = panel.frontend()
  if (logIn && ways.includes('hand_over')) return byFrontend(panel, logIn, proved, cancel)
  if (ways.includes('password')) return byPassword(panel, proved, cancel)
  return [quiet(panel.texts.get('comfy.log_in_to_comfyui_first')), element('div', { class: 'buttons' }, cancel)]
}
