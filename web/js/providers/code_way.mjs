/** Entering a code at the provider, on whatever device one likes (RFC 8628). */
import { outsideLink } from '../controls/buttons.mjs'
import { copyButton } from '../controls/secret_box.mjs'
import { element } from '../dom.mjs'
import { SERVER_SILENT } from '../server_call.mjs'
import { qrCode } from './qr_code.mjs'
import { underWay } from './under_way.mjs'

const SECOND_MS = 1_000
/** The code is still good after these: ask again. */
const PASSING = [SERVER_SILENT, 'service_unreachable', 'too_many_tries']

/**
 * @param {number} seconds
 * @param {AbortSignal} signal
 */
function pause(seconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * SECOND_MS)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)))
  })
}

/**
 * Asks whether the code was entered, no more often than the provider wants it.
 * @param {import('./under_way.mjs').UnderWay} way
 * @param {() => Promise<{ state: 'pending', interval: number } | { state: 'done' }>} poll
 * @param {{ interval: number, waiting: string, silent: string }} options
 */
export async function keepAsking(way, poll, { interval, waiting, silent }) {
  while (!way.signal.aborted) {
    await pause(interval, way.signal)
    if (way.signal.aborted) return
    try {
      const answer = await poll()
      if (answer.state === 'done') return way.done()
      interval = answer.interval
      if (way.status.textContent === silent) way.say(waiting)
    } catch (error) {
      const { code, details } = /** @type {Passport.Error} */ (error)
      if (!PASSING.includes(code)) return way.fail(error)
      interval = Math.max(interval, Number(details.retry_after_seconds) || 0)
      way.say(silent)
    }
  }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} name
 * @param {Passport.BegunCode} begun
 */
function steps(panel, name, { user_code: code, verification_uri: page, verification_uri_complete: whole }) {
  const { texts } = panel
  const shown = element('code', { class: 'user-code' }, code)
  return element('ol', { class: 'numbered' },
    element('li', {}, texts.get('providers.open_this_page', { name }),
      element('p', {}, outsideLink(texts, whole ?? page, page.replace(/^https?:\/\/(www\.)?/, '')))),
    element('li', {}, texts.get('providers.enter_this_code'),
      element('p', { class: 'code-line' }, shown, copyButton(panel, texts.get('providers.code'), shown))))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {{ provider: string, name: string }} at
 * @param {Passport.BegunCode} begun
 */
export function codeWay(panel, { provider, name }, begun) {
  const { texts, calls } = panel
  const way = underWay(panel, texts.get('providers.code_title', { name }), begun.expires_in)
  const quietPanel = { ...panel, announce: way.say }
  way.element.append(
    element('div', { class: 'code-way' }, steps(quietPanel, name, begun),
      begun.qr.length ? qrCode(begun.qr, texts.get('providers.qr_code', { name })) : ''),
    element('div', { class: 'fact-line' }, way.status, way.clock),
    element('div', { class: 'buttons' }, way.cancel))
  const waiting = texts.get('providers.waiting_for', { name })
  way.begin(waiting)
  void keepAsking(way, () => calls.pollCode(provider, begun.flow), {
    interval: begun.interval, waiting, silent: texts.get('providers.no_answer')
  })
  return way
}
