/** The Doctor's rows on the services that its server names, as this browser sees them. */
import { row } from './browser_checks.mjs'

const TIME_LIMIT_MS = 5_000
const WITHOUT_A_SERVER = { id: 'reach:comfy_api', details: { origins: ['https://api.comfy.org'] } }
const WORST_FIRST = /** @type {const} */ (['not_reached', 'too_slow', 'kept_by_policy', 'reached'])
const STATE_OF = /** @type {const} */ ({
  not_reached: 'warn', too_slow: 'warn', kept_by_policy: 'skipped', reached: 'ok'
})

/** @typedef {Pick<Passport.Check, 'id' | 'details'>} Row */
/** @typedef {keyof typeof STATE_OF} Finding */

/** @param {Row} row */
export function isReach({ id }) {
  return id.startsWith('reach:')
}

/** @param {Row} row @returns {string[]} */
function originsOf({ details }) {
  return Array.isArray(details.origins) ? details.origins.filter(Boolean) : []
}

/** The hosts that a row is about, for people to read. @param {Row} row */
export function hostsOf(row) {
  const hosts = originsOf(row).map((origin) => origin.replace(/^\w+:\/\//, ''))
  return hosts.join(', ') || row.id.slice(row.id.indexOf(':') + 1)
}

/**
 * @param {string} origin
 * @param {() => boolean} isKept whether the page's policy was seen to stop it
 * @returns {Promise<Finding>}
 */
async function probe(origin, isKept) {
  try {
    await fetch(origin, {
      mode: 'no-cors', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIME_LIMIT_MS)
    })
    return 'reached'
  } catch (error) {
    // The violation is reported in a task of its own, after the fetch has failed.
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (isKept()) return 'kept_by_policy'
    return /** @type {Error} */ (error).name === 'TimeoutError' ? 'too_slow' : 'not_reached'
  }
}

/**
 * @param {string[]} origins
 * @returns {Promise<Map<string, Finding>>}
 */
async function probeAll(origins) {
  /** @type {string[]} */
  const stopped = []
  /** @param {SecurityPolicyViolationEvent} event */
  const see = (event) => { stopped.push(event.blockedURI) }
  document.addEventListener('securitypolicyviolation', see)
  try {
    const found = await Promise.all([...new Set(origins)].map(async (origin) => {
      const finding = await probe(origin, () => stopped.some((uri) => uri.startsWith(origin)))
      return /** @type {const} */ ([origin, finding])
    }))
    return new Map(found)
  } finally {
    document.removeEventListener('securitypolicyviolation', see)
  }
}

/**
 * @param {Passport.Texts} texts
 * @param {string} id
 * @param {Finding} finding
 * @param {string[]} origins
 */
function reachRow(texts, id, finding, origins) {
  const details = { origins }
  const host = hostsOf({ id, details })
  return { ...row(texts, 'browser_reach', STATE_OF[finding], finding, { host }), id, details }
}

/**
 * @param {Passport.Texts} texts
 * @param {Row[]} checks the server's rows
 * @returns {Promise<Passport.Check[]>}
 */
export async function browserReach(texts, checks) {
  const named = checks.filter(isReach)
  const services = named.length ? named : [WITHOUT_A_SERVER]
  const found = await probeAll(services.flatMap(originsOf))
  if ([...found.values()].every((finding) => finding === 'kept_by_policy')) {
    return [reachRow(texts, 'browser_reach', 'kept_by_policy', [...found.keys()])]
  }
  return services.map((service) => {
    const origins = originsOf(service)
    const worst = WORST_FIRST.find((finding) => origins.some((origin) => found.get(origin) === finding))
    return reachRow(texts, `browser_${service.id}`, worst ?? 'not_reached', origins)
  })
}
