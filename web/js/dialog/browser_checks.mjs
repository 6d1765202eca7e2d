/** The Doctor's rows that only the browser can know. */

const OLDEST_FRONTEND = [1, 18]

/**
 * @param {Passport.Texts} texts
 * @param {string} id
 * @param {Passport.Check['state']} state
 * @param {string} finding the last part of the texts' keys
 * @param {Record<string, string | number>} [values]
 * @returns {Passport.Check}
 */
export function row(texts, id, state, finding, values = {}) {
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

/**
 * @param {Passport.Texts} texts
 * @returns {Passport.Check[]}
 */
export function browserChecks(texts) {
  return [secureContext(texts), cookies(texts), frontend(texts)]
}
