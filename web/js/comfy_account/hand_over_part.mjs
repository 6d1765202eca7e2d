/** "Use this log-in on this server": one click for whoever is logged in to ComfyUI itself. */
import { actionButton, notice, sentenceOf } from '../controls/buttons.mjs'
import { joinOffer } from '../controls/joining.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { element, fill } from '../dom.mjs'
import { linkProven } from './entry.mjs'
import { tellHandedOver } from './handed_over.mjs'

/**
 * @typedef {object} Extra what is asked of somebody who is not logged in here yet
 * @property {(Node | null)[]} content
 * @property {() => boolean} isFilled
 * @property {() => Passport.Admission} fields
 * @property {(code: string, sentence: string) => boolean} refuse whether it is about one of its fields
 */

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.FrontendLogIn} logIn
 * @param {{ needsConfirmation: boolean, title: string, text: string, extra?: Extra }} options
 */
export function handOverPart(panel, logIn, { needsConfirmation, title, text, extra }) {
  const { texts, comfy, state } = panel
  const insecure = insecureConfirmation(texts, needsConfirmation, 'log_in')
  const problem = element('div', { class: 'form-problem problem', role: 'alert' })

  /** @param {Passport.Admission} [more] */
  const attempt = async (more) => {
    problem.replaceChildren()
    if (extra?.isFilled() === false || insecure.missing()) return
    const token = await logIn.freshToken()
    const told = { ...extra?.fields(), ...insecure.fields(), ...more }
    const answer = await linkProven(panel, () => comfy.handOver(token, told))
    if (!answer) return
    await state.refreshEverywhere()
    await tellHandedOver(panel, answer, more?.link_accounts)
  }
  /** @param {Passport.Error} error */
  const refuse = (error) => {
    if (error.code === 'insecure_connection') return insecure.ask()
    const sentence = sentenceOf(texts, error)
    if (extra?.refuse(error.code, sentence)) return
    fill(problem, element('p', {}, sentence),
      joinOffer(texts, error, () => attempt({ link_accounts: true }).catch(refuse)))
  }
  const button = actionButton(texts.get('comfy.use_this_log_in'), 'primary', () => attempt().catch(refuse), {
    'data-part': 'hand-over'
  })
  const who = logIn.email || logIn.name || texts.get('comfy.somebody')
  return notice('info', texts.get(title, { who }), texts.get(text),
    element('div', { class: 'form' }, ...(extra?.content ?? []), insecure.element, problem,
      element('div', { class: 'buttons' }, button)))
}
