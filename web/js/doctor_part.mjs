/** The Login Doctor: why a log-in cannot work here, and what to do. */
import { actionButton, busyWhile, outsideLink, sentenceOf } from './controls.mjs'
import { browserChecks, frontendVersion } from './browser_checks.mjs'
import { element, fill, icon } from './dom.mjs'

const SUPPORT_PAGE = 'https://docs.comfy.org/support/contact-support'
const WORST_FIRST = /** @type {const} */ (['fail', 'warn', 'skipped', 'ok'])
const ICON_OF = /** @type {const} */ ({ fail: 'error', warn: 'warning', skipped: 'skip', ok: 'check' })

/**
 * The one row to name first: the server's choice, unless the browser found something worse.
 * @param {Passport.Check[]} checks
 * @param {string | null} serversChoice
 */
export function mostImportant(checks, serversChoice) {
  const worst = checks.filter(({ state }) => state === 'fail' || state === 'warn')
    .sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state))
  const chosen = worst.find(({ id }) => id === serversChoice)
  return chosen && chosen.state === worst[0].state ? chosen : worst[0] ?? null
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
async function forgetBrowser({ texts, calls, state, announce }, slot) {
  const error = await calls.logOut(false).then(() => null, (cause) => cause)
  const failed = error && error.code !== 'not_signed_in'
  const sentence = failed ? sentenceOf(texts, error) : texts.get('doctor.browser_forgotten')
  await state.refreshEverywhere()
  fill(slot, element('p', { class: 'muted' }, sentence))
  announce(sentence)
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {(headline: { state: Passport.Check['state'] | 'checking', text: string }) => void} tell
 */
export function doctorPart(panel, tell) {
  const { texts, calls, state } = panel
  /** @type {Passport.Check[]} */
  let checks = []
  const list = element('div', {})
  const answer = element('div', { class: 'doctor-answer' })

  /** @param {boolean} remote */
  const examine = async (remote) => {
    tell({ state: 'checking', text: texts.get('doctor.checking') })
    const [server, browser] = await Promise.all([
      calls.checks(remote).catch(() => ({ checks: [], most_important: null })),
      browserChecks(texts, remote)
    ])
    checks = [...server.checks, ...browser]
    fill(list, rows(panel, checks))
    const first = mostImportant(checks, server.most_important)
    if (state.error) tell({ state: 'fail', text: texts.get('doctor.no_answer') })
    else tell({ state: first?.state ?? 'ok', text: first?.cause ?? texts.get('doctor.all_is_well') })
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
