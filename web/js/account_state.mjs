/** What this browser knows of the account, kept fresh across tabs. */
import { ROUTES_MISSING, SERVER_SILENT } from './server_call.mjs'

/**
 * @typedef {'loading' | 'routes_missing' | 'unavailable' | 'signed_out' | 'machine' | 'cancelled' | 'no_key'
 *   | Passport.CredentialState} Situation
 */

const CHANNEL = 'passport-account'
const AWAY = [ROUTES_MISSING, SERVER_SILENT]
const TO_SEE_TO = ['unavailable', 'cancelled', 'no_key', 'refused', 'not_permitted', 'unreadable', 'expired']

/** @param {Passport.Status} status */
function ownSituation({ account, credential }) {
  if (account?.state === 'cancelled') return account.state
  return credential?.source === 'account' ? credential.state : 'no_key'
}

/**
 * The one word for what the panel shows.
 * @param {Passport.Status | null} status
 * @param {Passport.Error | null} error
 * @returns {Situation}
 */
function situationOf(status, error) {
  if (error) return AWAY.includes(error.code) ? 'routes_missing' : 'unavailable'
  if (!status) return 'loading'
  if (!status.signed_in) return status.run.uses === 'machine' ? 'machine' : 'signed_out'
  return ownSituation(status)
}

/** @param {Situation} situation */
export function needsAttention(situation) {
  return TO_SEE_TO.includes(situation)
}

/** Fires "change" when what it knows has changed. */
export class AccountState extends EventTarget {
  /** @type {Passport.Status | null} */
  status = null
  /** @type {Passport.Error | null} */
  error = null
  #calls
  #channel = new BroadcastChannel(CHANNEL)
  #latest = 0
  #seen = ''

  /** @param {Passport.PageCalls} calls */
  constructor(calls) {
    super()
    this.#calls = calls
    this.#channel.addEventListener('message', () => void this.refresh())
  }

  get situation() {
    return situationOf(this.status, this.error)
  }

  /** Whether a key may have been made at Comfy for this server: then one is asked what becomes of it. */
  get mayHaveMadeKey() {
    const { credential, methods = [] } = this.status ?? {}
    return credential?.source === 'account' && methods.some(({ id }) => id === 'comfy')
  }

  /** Asks the server. Of several answers on their way, only the last one asked for counts. */
  async refresh() {
    const turn = ++this.#latest
    const [status, error] = await this.#calls.status().then(
      (answer) => /** @type {const} */ ([answer, null]),
      (cause) => /** @type {const} */ ([null, cause])
    )
    if (turn === this.#latest) this.#take(status, error)
  }

  /** After a change made here: refresh, and have the other tabs do so. */
  async refreshEverywhere() {
    this.#channel.postMessage('changed')
    await this.refresh()
  }

  /**
   * @param {Passport.Status | null} status
   * @param {Passport.Error | null} error
   */
  #take(status, error) {
    this.status = status
    this.error = error
    const seen = JSON.stringify([status, error?.code, error?.message])
    if (seen === this.#seen) return
    this.#seen = seen
    this.dispatchEvent(new Event('change'))
  }
}
