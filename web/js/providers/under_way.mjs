/** A proof that is under way at another service: what is said of it here, until it ends. */
import { actionButton } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'
import { CallError } from '../server_call.mjs'

const SECOND_MS = 1_000
const LAST_MINUTE = 60
/** A screen reader hears what is put into a status that stands there already. */
const BEFORE_SAYING_MS = 150

/**
 * @typedef {'done' | 'cancelled'} Outcome
 * @typedef {ReturnType<typeof underWay>} UnderWay
 */

/** "9:58". @param {number} seconds */
function minutesAndSeconds(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} title
 * @param {number} seconds after which it is too late
 */
export function underWay({ texts }, title, seconds) {
  const ending = new AbortController()
  const until = Date.now() + seconds * SECOND_MS
  const status = element('p', { role: 'status' })
  const clock = element('p', { class: 'muted', role: 'timer' })
  const heading = element('h3', { tabindex: -1, 'data-focus-first': true }, title)
  const whole = element('div', { class: 'part under-way' }, heading)
  /** @type {(outcome: Outcome) => void} */
  let resolve
  /** @type {(error: unknown) => void} */
  let reject
  /** @type {Promise<Outcome>} */
  const outcome = new Promise((...ends) => {
    [resolve, reject] = ends
  })

  /** @param {() => void} tell */
  const end = (tell) => {
    ending.abort()
    tell()
  }
  const fail = (/** @type {unknown} */ error) => end(() => reject(error))
  const succeed = (/** @type {Outcome} */ how) => end(() => resolve(how))

  const tick = () => {
    const left = Math.ceil((until - Date.now()) / SECOND_MS)
    clock.textContent = texts.get('providers.expires_in', { time: minutesAndSeconds(Math.max(0, left)) })
    if (left === LAST_MINUTE) say(texts.get('providers.last_minute'))
    if (left <= 0) fail(new CallError('flow_expired'))
  }
  /** @param {string} sentence */
  const say = (sentence) => {
    if (status.textContent !== sentence) status.textContent = sentence
  }

  tick()
  // Whoever closes the dialog leaves it: then nothing listens, asks or counts any more.
  const timer = setInterval(() => whole.isConnected ? tick() : ending.abort(), SECOND_MS)
  ending.signal.addEventListener('abort', () => clearInterval(timer))
  return {
    element: whole,
    status,
    clock,
    cancel: actionButton(texts.get('general.cancel'), 'secondary', () => succeed('cancelled'), {
      'data-part': 'cancel-proof'
    }),
    /** Aborted at the end, whatever it is. */
    signal: ending.signal,
    outcome,
    say,
    /** Says it once it stands there. @param {string} sentence */
    begin(sentence) {
      setTimeout(() => say(sentence), BEFORE_SAYING_MS)
    },
    done: () => succeed('done'),
    fail
  }
}
