/** Logging in at Comfy on whatever device one likes, and here by it. Comfy documents it for its own programs alone. */
import { actionButton, notice, outsideLink, sentenceOf } from '../controls/buttons.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { joinOffer } from '../controls/joining.mjs'
import { element, fill, focusedWithin, focusPart } from '../dom.mjs'
import { keepAsking } from '../providers/code_way.mjs'
import { qrCode } from '../providers/qr_code.mjs'
import { underWay } from '../providers/under_way.mjs'
import { entryFields, linkProven } from './entry.mjs'
import { tellHandedOver } from './handed_over.mjs'

/**
 * The page to open, until it was done there.
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.BegunLoginCode} begun
 */
function waiting({ texts, comfy, ...panel }, { flow, url, qr, expires_in: seconds, interval }) {
  const name = texts.get('comfy.comfy')
  const way = underWay({ ...panel, texts }, texts.get('comfy.approve_it_at_comfy'), seconds)
  way.element.append(
    element('div', { class: 'code-way' },
      element('div', { class: 'part' },
        element('p', {}, texts.get('comfy.open_and_approve')),
        element('p', {}, outsideLink(texts, url, texts.get('providers.open_the_page', { name })))),
      qr.length ? qrCode(qr, texts.get('providers.qr_code', { name })) : ''),
    element('div', { class: 'fact-line' }, way.status, way.clock),
    element('div', { class: 'buttons' }, way.cancel))
  const sentence = texts.get('providers.waiting_for', { name })
  way.begin(sentence)
  /** @type {Passport.HandedOver | null} */
  let answer = null
  void keepAsking(way, async () => {
    const polled = await comfy.pollCode(flow)
    if (polled.state === 'done') answer = polled
    return polled
  }, { interval, waiting: sentence, silent: texts.get('providers.no_answer') })
  return { way, answer: () => answer }
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {boolean} needsConfirmation
 * @param {string} invitation
 */
export function codePart(panel, needsConfirmation, invitation) {
  const { texts, comfy, state } = panel
  const extra = entryFields(panel)
  extra.take(invitation)
  const insecure = insecureConfirmation(texts, needsConfirmation, 'log_in')
  const problem = element('div', { class: 'part', role: 'alert' })
  const place = element('div', { class: 'part' })

  const comeBack = () => {
    const hadFocus = focusedWithin(place)
    start.hidden = false
    place.replaceChildren()
    if (hadFocus) focusPart(start, 'comfy-code')
  }
  /** @param {Passport.Admission} [more] */
  const attempt = async (more) => {
    if (!extra.isFilled() || insecure.missing()) return
    const begun = await linkProven(panel, () => comfy.startCode({ ...extra.fields(), ...insecure.fields(), ...more }))
    if (!begun) return
    const { way, answer } = waiting(panel, begun)
    start.hidden = true
    fill(place, way.element)
    focusPart(place)
    const outcome = await way.outcome
    comeBack()
    const handedOver = outcome === 'done' ? answer() : null
    if (!handedOver) return
    await state.refreshEverywhere()
    await tellHandedOver(panel, handedOver, more?.link_accounts)
  }
  /** @param {Passport.Error} error */
  const refuse = (error) => {
    comeBack()
    if (error.code === 'insecure_connection') return insecure.ask()
    const sentence = texts.find(`provider_errors.${error.code}`)
      ? texts.get(`provider_errors.${error.code}`, { name: texts.get('comfy.comfy') }) : sentenceOf(texts, error)
    if (extra.refuse(error.code, sentence)) return
    fill(problem, notice('error', '', sentence, joinOffer(texts, error, () => begin({ link_accounts: true }))))
  }
  /** @param {Passport.Admission} [more] */
  const begin = async (more) => {
    problem.replaceChildren()
    await attempt(more).catch(refuse)
  }
  const button = actionButton(texts.get('comfy.get_a_link'), 'primary', () => begin(), { 'data-part': 'comfy-code' })
  const start = element('div', { class: 'form' }, problem, ...extra.content, insecure.element,
    element('div', { class: 'buttons' }, button))
  return element('div', { class: 'part' }, start, place)
}
