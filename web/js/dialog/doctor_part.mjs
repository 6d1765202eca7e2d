/** The Login Doctor: why a log-in cannot work here, and what to do. */
import { actionButton, busyWhile, change, outsideLink } from '../controls/buttons.mjs'
import { icon } from '../controls/icons.mjs'
import { element, fill } from '../dom.mjs'
import { browserChecks } from './browser_checks.mjs'
import { browserReach, hostsOf, isReach } from './browser_reach.mjs'
import { copyReport, reportOf } from './doctor_report.mjs'

const SUPPORT_PAGE = 'https://docs.comfy.org/support/contact-support'
const WORST_FIRST = /** @type {const} */ (['fail', 'warn', 'skipped', 'ok'])
const ICON_OF = /** @type {const} */ ({ fail: 'error', warn: 'warning', skipped: 'skip', ok: 'check' })

/**
 * The one row to name first: the server's choice, unless something worse is there.
 * @param {Passport.Check[]} checks
 * @param {string | null} serversChoice
 */
function mostImportant(checks, serversChoice) {
  /** @param {Passport.Check} check */
  const rank = ({ id, state }) => WORST_FIRST.indexOf(state) * 2 + Number(id !== serversChoice)
  const [first] = checks.filter(({ state }) => state === 'fail' || state === 'warn')
    .sort((a, b) => rank(a) - rank(b))
  return first
}

/**
 * Rows of one kind differ by what they are about: "reach:github" is of the kind "reach".
 * @param {Passport.Texts} texts
 * @param {Passport.Check} check
 */
function nameOf(texts, check) {
  const [kind] = check.id.split(':')
  return texts.get(`checks.${kind}.name`, { host: hostsOf(check) })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Check} check
 */
function checkRow({ texts }, check) {
  const { state, cause, remedy } = check
  return element('li', { class: `check ${state}` },
    icon(ICON_OF[state]),
    element('div', {},
      element('p', { class: 'check-name' }, nameOf(texts, check),
        element('span', { class: 'spoken' }, `: ${texts.get(`doctor.state_${state}`)}`)),
      element('p', { class: 'muted' }, cause),
      remedy && element('p', { class: 'remedy' }, remedy)))
}

/**
 * What was found, the worst first.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Check[]} checks
 */
export function checkRows(panel, checks) {
  const inOrder = WORST_FIRST.flatMap((state) => checks.filter((check) => check.state === state))
  return element('ul', { class: 'checks' }, ...inOrder.map((check) => checkRow(panel, check)))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} slot
 */
function forgetBrowser(panel, slot) {
  return change(panel, async () => {
    await panel.calls.logOut(false)
    const sentence = panel.texts.get('doctor.browser_forgotten')
    fill(slot, element('p', { class: 'muted' }, sentence))
    return sentence
  })
}

/** @typedef {ReturnType<typeof doctorPart>} Doctor */

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.TellHeadline} tell
 */
export function doctorPart(panel, tell) {
  const { texts, calls, state } = panel
  /** @type {Passport.Check[]} */
  let checks = []
  const list = element('div', {})
  const answer = element('div', {})

  let isOpen = false

  /** @param {boolean} remote */
  const askServer = (remote) =>
    calls.checks(remote).catch(() => ({ checks: [], most_important: null }))

  /** The services as the browser sees them; which they are, the server tells. */
  const askServices = async () =>
    browserReach(texts, checks.some(isReach) ? checks : (await askServer(false)).checks)

  /** @param {boolean} remote also ask the remote services, from both sides */
  const examine = async (remote = isOpen) => {
    tell('checking', texts.get('doctor.checking'))
    const [server, reach] = await Promise.all([askServer(remote), remote ? askServices() : []])
    checks = [...server.checks, ...browserChecks(texts), ...reach]
    fill(list, checkRows(panel, checks))
    const first = mostImportant(checks, server.most_important)
    if (state.error) tell('fail', texts.get('doctor.no_answer'))
    else tell(first?.state ?? 'ok', first?.cause ?? texts.get('doctor.all_is_well'))
  }

  const again = actionButton(texts.get('doctor.check_everything_again'), 'secondary', async () => {
    await examine(true)
    panel.announce(texts.get('doctor.finished'))
  })
  return {
    element: element('div', { class: 'doctor' },
      element('p', { class: 'muted' }, texts.get('doctor.explanation')),
      list,
      element('div', { class: 'buttons' }, again,
        actionButton(texts.get('doctor.copy_report'), 'secondary',
          () => copyReport(panel, answer, reportOf(panel, checks))),
        actionButton(texts.get('doctor.forget_this_browser'), 'quiet', () => forgetBrowser(panel, answer))),
      answer,
      element('p', { class: 'muted' }, texts.get('doctor.another_browser')),
      outsideLink(texts, SUPPORT_PAGE, texts.get('doctor.contact_support'))),
    examine,
    /** Whether somebody reads it: then the remote services are asked, too. @param {boolean} open */
    show(open) {
      isOpen = open
      if (open) void busyWhile(again, () => examine(true))
    }
  }
}

/**
 * The Doctor as a card that unfolds.
 * @param {Passport.Texts} texts
 * @param {Doctor} doctor
 */
export function foldedDoctor(texts, doctor) {
  const details = element('details', { class: 'fold' },
    element('summary', { 'data-part': 'doctor' }, texts.get('doctor.title'), icon('down')), doctor.element)
  details.addEventListener('toggle', () => doctor.show(details.open))
  return {
    element: element('section', { class: 'card', 'aria-label': texts.get('doctor.title') }, details),
    reveal() {
      details.open = true
      details.scrollIntoView({ block: 'start' })
      details.querySelector('summary')?.focus()
    }
  }
}
