/** The Login Doctor: why a log-in cannot work here, and what to do. */
import { actionButton, busyWhile, change, outsideLink } from './controls.mjs'
import { browserChecks, frontendVersion } from './browser_checks.mjs'
import { element, fill, icon } from './dom.mjs'

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
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Check} check
 */
function checkRow({ texts }, { id, state, cause, remedy }) {
  return element('li', { class: `check ${state}` },
    icon(ICON_OF[state]),
    element('div', {},
      element('p', { class: 'check-name' }, texts.get(`checks.${id}.name`),
        element('span', { class: 'spoken' }, `: ${texts.get(`doctor.state_${state}`)}`)),
      element('p', { class: 'muted' }, cause),
      remedy && element('p', { class: 'remedy' }, remedy)))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Check[]} checks
 */
function rows(panel, checks) {
  const inOrder = WORST_FIRST.flatMap((state) => checks.filter((check) => check.state === state))
  return element('ul', { class: 'checks' }, ...inOrder.map((check) => checkRow(panel, check)))
}

const API_KEY = /comfyui-[A-Za-z0-9_-]+(?=[^A-Za-z0-9_…-]|$)/g
const BEARER = /\b(bearer|basic)\s+[^\s,;]+/gi
/** Nothing that people need to read is this long without a space or a slash. */
const LONG_TOKEN = /[A-Za-z0-9+_=-]{40,}/g
const MAIL = /([\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]*@([\p{L}\p{N}.-]+)/gu

/** @param {string} text */
export function redacted(text) {
  return text
    .replaceAll(API_KEY, 'comfyui-…')
    .replaceAll(BEARER, '$1 …')
    .replaceAll(LONG_TOKEN, '…')
    .replaceAll(MAIL, '$1…@$2')
}

/** @param {Passport.Check} check */
function line({ id, state, cause, remedy }) {
  return `[${state}] ${id}: ${cause}${remedy ? ` → ${remedy}` : ''}`
}

/** @param {Passport.State} state */
function stateLines({ situation, error, status }) {
  const credential = status?.credential
  return [
    `state: ${situation}${error ? ` (${error.code}: ${error.message})` : ''}`,
    ...(status ? [`passport: ${status.version}`, `run uses: ${status.run.uses}`] : []),
    credential ? `key: ${credential.state}, cause: ${credential.cause ?? 'none'}` : 'key: none'
  ]
}

/**
 * @param {Passport.Panel} panel
 * @param {Passport.Check[]} checks
 */
function reportOf({ state, texts }, checks) {
  const lines = [
    texts.get('report.title'),
    `time: ${new Date().toISOString()}`,
    `frontend: ${frontendVersion() || '–'}`,
    `browser: ${navigator.userAgent}`,
    `page: ${location.protocol}, ${window.isSecureContext ? 'secure' : 'not secure'}`,
    ...stateLines(state),
    ...checks.map(line)
  ]
  return redacted(lines.join('\n'))
}

/**
 * Copies, or where the page may not, shows the text for copying by hand.
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} slot
 * @param {string} report
 */
async function copyReport({ texts, announce }, slot, report) {
  const area = element('textarea', {
    class: 'report', rows: 8, readonly: true, 'aria-label': texts.get('doctor.report')
  })
  area.value = report
  const copied = await navigator.clipboard?.writeText(report).then(() => true, () => false)
  const sentence = texts.get(copied ? 'doctor.copied' : 'doctor.copy_by_hand')
  fill(slot, element('p', { class: 'muted' }, sentence), area)
  announce(sentence)
  if (copied) return
  area.focus()
  area.select()
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

  /** @param {boolean} remote also ask the remote services */
  const examine = async (remote = details.open) => {
    tell('checking', texts.get('doctor.checking'))
    const [server, browser] = await Promise.all([
      calls.checks(remote).catch(() => ({ checks: [], most_important: null })),
      browserChecks(texts, remote)
    ])
    checks = [...server.checks, ...browser]
    fill(list, rows(panel, checks))
    const first = mostImportant(checks, server.most_important)
    if (state.error) tell('fail', texts.get('doctor.no_answer'))
    else tell(first?.state ?? 'ok', first?.cause ?? texts.get('doctor.all_is_well'))
  }

  const again = actionButton(texts.get('doctor.check_everything_again'), 'secondary', async () => {
    await examine(true)
    panel.announce(texts.get('doctor.finished'))
  })
  const details = element('details', { class: 'doctor' },
    element('summary', { 'data-part': 'doctor' }, texts.get('doctor.title'), icon('down')),
    element('p', { class: 'muted' }, texts.get('doctor.explanation')),
    list,
    element('div', { class: 'buttons' }, again,
      actionButton(texts.get('doctor.copy_report'), 'secondary',
        () => copyReport(panel, answer, reportOf(panel, checks))),
      actionButton(texts.get('doctor.forget_this_browser'), 'quiet', () => forgetBrowser(panel, answer))),
    answer,
    element('p', { class: 'muted' }, texts.get('doctor.another_browser')),
    outsideLink(texts, SUPPORT_PAGE, texts.get('doctor.contact_support')))
  details.addEventListener('toggle', () => {
    if (details.open) void busyWhile(again, () => examine(true))
  })

  return {
    element: element('section', { class: 'card', 'aria-label': texts.get('doctor.title') }, details),
    examine,
    reveal() {
      details.open = true
      details.scrollIntoView({ block: 'start' })
      details.querySelector('summary')?.focus()
    }
  }
}
