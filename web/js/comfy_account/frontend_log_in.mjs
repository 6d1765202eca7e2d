/**
 * ComfyUI's own log-in in this browser: who it is, and a token that is fresh.
 *
 * The frontend has no API for it, so its stores are asked: from 1.18 to 1.58 one of them, named
 * "firebaseAuth" and later "auth", holds the user of the Firebase SDK. That user hands out its ID
 * token and renews it by itself; the refresh token is never looked at, and nothing is kept.
 */
import { CallError } from '../server_call.mjs'

/** Nobody waits longer for a service that cannot be reached. */
const TIME_LIMIT_MS = 10_000

/** @typedef {{ email?: string | null, displayName?: string | null, getIdToken(): Promise<string> }} FirebaseUser */

/**
 * @param {unknown} store
 * @returns {FirebaseUser | null}
 */
function userIn(store) {
  const { currentUser: user } = /** @type {{ currentUser?: FirebaseUser | null }} */ (store)
  return typeof user?.getIdToken === 'function' ? user : null
}

/** @param {FirebaseUser} user */
async function freshTokenOf(user) {
  const late = new Promise((_, reject) => setTimeout(reject, TIME_LIMIT_MS))
  const token = await Promise.race([user.getIdToken(), late]).catch(() => null)
  if (typeof token !== 'string' || !token) throw new CallError('frontend_log_in_not_renewed')
  return token
}

/**
 * Null where nobody is logged in, and where a frontend keeps it in another place.
 * @param {Passport.App} app
 * @returns {Passport.FrontendLogIn | null}
 */
export function frontendLogIn(app) {
  try {
    const stores = [...app.extensionManager?._p?._s?.values() ?? []]
    const user = stores.map(userIn).find((found) => found !== null)
    if (!user) return null
    return { name: user.displayName || null, email: user.email || null, freshToken: () => freshTokenOf(user) }
  } catch {
    return null
  }
}
