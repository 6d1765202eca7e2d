/** The Doctor's rows that only the browser can know. */

const OLDEST_FRONTEND = [1, 18]
const SERVICE = 'https://api.comfy.org'
const TIME_LIMIT_MS = 5_000

/**
 * @param {Passport.Texts} texts
 * @param {string} id
 * @param {Passport.Check['state']} state
 * @param {string} finding the last part of the texts' keys
 * @param {Record<string, string | number>} [values]
 * @returns {Passport.Check}
 */
function row(texts, id, state, finding, values = {}) {
  const key = `checks.${id}.${finding}`
  const remedy = texts.find(`${key}_remedy`)
  return { id, state, cause: texts.get(key, values), remedy, details: values }
}

/** @param {Passport.Texts} texts */
function secureContext(texts) {
  return window.isSecureContext
    ? row(texts, 'browser_secure_context', 'ok', 'secure')
    : row(texts, 'browser_secure_context', 'warn', 'not_secure')
}

/** @param {Passport.Texts} texts */
function cookies(texts) {
  return navigator.cookieEnabled
    ? row(texts, 'browser_cookies', 'ok', 'enabled')
    : row(texts, 'browser_cookies', 'fail', 'disabled')
}

/** The frontend's version, or "" where it does not tell. */
export function frontendVersion() {
  const { __COMFYUI_FRONTEND_VERSION__: version } = /** @type {any} */ (window)
  return typeof version === 'string' ? version : ''
}

/** @param {Passport.Texts} texts */
function frontend(texts) {
  const version = frontendVersion()
  if (!version) return row(texts, 'browser_frontend', 'skipped', 'unknown')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const old = major < OLDEST_FRONTEND[0] || (major === OLDEST_FRONTEND[0] && minor < OLDEST_FRONTEND[1])
  return row(texts, 'browser_frontend', old ? 'fail' : 'ok', old ? 'too_old' : 'served', { version })
}

/** @param {Passport.Texts} texts */
async function reachability(texts) {
  const id = 'browser_reach_comfy_api'
  let blockedByPolicy = false
  /** @param {SecurityPolicyViolationEvent} event */
  const see = (event) => {
    blockedByPolicy ||= event.blockedURI.startsWith(SERVICE)
  }
  document.addEventListener('securitypolicyviolation', see)
  try {
    await fetch(SERVICE, {
      mode: 'no-cors', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIME_LIMIT_MS)
    })
    return row(texts, id, 'ok', 'reached')
  } catch (error) {
    // The violation is reported in a task of its own, after the fetch has failed.
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (blockedByPolicy) return row(texts, id, 'skipped', 'kept_by_policy')
    const late = /** @type {Error} */ (error).name === 'TimeoutError'
    return row(texts, id, 'warn', late ? 'too_slow' : 'not_reached')
  } finally {
    document.removeEventListener('securitypolicyviolation', see)
  }
}

/**
 * @param {Passport.Texts} texts
 * @param {boolean} remote also see whether the browser reaches the service
 * @returns {Promise<Passport.Check[]>}
 */
export async function browserChecks(texts, remote) {
  const rows = [secureContext(texts), cookies(texts), frontend(texts)]
  return remote ? [...rows, await reachability(texts)] : rows
}
