/** The Doctor's findings as a text for support: with no key and no whole mail address in it. */
import { copied } from '../controls/copying.mjs'
import { element, fill } from '../dom.mjs'
import { frontendVersion } from './browser_checks.mjs'

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
    ...(status ? [`passport: ${status.version ?? '–'}`, `run uses: ${status.run.uses}`] : []),
    credential ? `key: ${credential.state}, cause: ${credential.cause ?? 'none'}` : 'key: none'
  ]
}

/**
 * @param {Passport.Panel} panel
 * @param {Passport.Check[]} checks
 */
export function reportOf({ state, texts }, checks) {
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
export async function copyReport({ texts, announce }, slot, report) {
  const area = element('textarea', {
    class: 'report', rows: 8, readonly: true, 'aria-label': texts.get('doctor.report')
  })
  area.value = report
  const done = await copied(report)
  const sentence = texts.get(done ? 'doctor.copied' : 'doctor.copy_by_hand')
  fill(slot, element('p', { class: 'muted' }, sentence), area)
  announce(sentence)
  if (done) return
  area.focus()
  area.select()
}
