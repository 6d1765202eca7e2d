/** "Did you mean ada@gmail.com?": slips of the fingers in the best-known mail domains. */

/** Also those that are a slip away from another one and yet meant. */
const DOMAINS = [
  'gmail.com', 'googlemail.com', 'hotmail.com', 'outlook.com', 'live.com', 'msn.com', 'yahoo.com',
  'icloud.com', 'me.com', 'mac.com', 'aol.com', 'proton.me', 'protonmail.com', 'fastmail.com',
  'zoho.com', 'gmx.com', 'gmx.net', 'gmx.de', 'web.de', 'mail.com', 'ymail.com', 'rocketmail.com',
  'hotmail.fr', 'hotmail.it', 'hotmail.es', 'outlook.fr', 'outlook.es', 'yahoo.fr', 'yahoo.it',
  'yahoo.es', 'yahoo.de', 'live.fr', 'yandex.com', 'naver.com'
]

/** In a shorter name one other letter makes another company. */
const SHORTEST_NAME_TO_CORRECT = 5

/**
 * Whether one insertion, deletion, replacement or swap of neighbours makes `b` of `a`: a
 * Damerau-Levenshtein distance of at most 1.
 * @param {string} a
 * @param {string} b
 */
function isOneSlipAway(a, b) {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const [restA, restB] = [a.slice(start), b.slice(start)]
  return restA.slice(1) === restB.slice(1)
    || restA.slice(1) === restB
    || restA === restB.slice(1)
    || (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
}

/** @param {string} domain its name, and what follows the first dot */
function parts(domain) {
  const dot = domain.indexOf('.')
  return dot < 0 ? [domain, ''] : [domain.slice(0, dot), domain.slice(dot + 1)]
}

/**
 * @param {string} typed
 * @param {string} known
 */
function looksLike(typed, known) {
  const [name, ending] = parts(typed)
  const [knownName, knownEnding] = parts(known)
  const isName = name === knownName
    || (knownName.length >= SHORTEST_NAME_TO_CORRECT && isOneSlipAway(name, knownName))
  return isName && isOneSlipAway(ending, knownEnding)
}

/**
 * The address that was probably meant, or null where nothing looks wrong.
 * @param {string} email
 */
export function suggestedEmail(email) {
  const [name, domain, ...more] = email.trim().split('@')
  if (!name || !domain || more.length) return null
  const typed = domain.toLowerCase()
  if (DOMAINS.includes(typed)) return null
  const meant = DOMAINS.find((known) => looksLike(typed, known))
  return meant ? `${name}@${meant}` : null
}
