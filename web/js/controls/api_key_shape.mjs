/** Tells what is wrong with a pasted API key before it is sent anywhere. */

const PREFIX = 'comfyui-'
/** "comfyui-" and 64 characters; the service's own form checks the same. */
const LENGTH = 72

/** How the keys of other services begin, longest first where one begins another. */
const OTHER_SERVICES = [
  ['sk-ant-', 'Anthropic'],
  ['sk-or-', 'OpenRouter'],
  ['sk-', 'OpenAI'],
  ['AIza', 'Google'],
  ['github_pat_', 'GitHub'],
  ['ghp_', 'GitHub'],
  ['hf_', 'Hugging Face'],
  ['r8_', 'Replicate'],
  ['gsk_', 'Groq'],
  ['xai-', 'xAI']
]

/** @typedef {{ code: string, values?: Record<string, string | number> }} ShapeProblem */

/** @param {string} raw */
export function trimmedKey(raw) {
  return raw.trim()
}

/**
 * @param {string} key
 * @returns {ShapeProblem | null}
 */
function prefixProblem(key) {
  if (key.startsWith(PREFIX)) return null
  const other = OTHER_SERVICES.find(([start]) => key.startsWith(start))
  if (other) return { code: 'other_service', values: { service: other[1] } }
  if (key.toLowerCase().startsWith(PREFIX)) return { code: 'capital_letters' }
  if (PREFIX.startsWith(key)) return { code: 'too_short', values: { count: LENGTH - key.length } }
  return { code: 'no_prefix' }
}

/**
 * @param {string} key
 * @returns {ShapeProblem | null}
 */
function characterProblem(key) {
  if (/^["'`].*["'`]$/s.test(key)) return { code: 'quotes' }
  if (/^bearer\s/i.test(key)) return { code: 'bearer' }
  if (/\s/.test(key)) return { code: 'inner_spaces' }
  if (/[^\x21-\x7e]/.test(key)) return { code: 'odd_characters' }
  return null
}

/**
 * @param {string} key
 * @returns {ShapeProblem | null}
 */
function lengthProblem(key) {
  if (key.length < LENGTH) return { code: 'too_short', values: { count: LENGTH - key.length } }
  if (key.slice(PREFIX.length).includes(PREFIX)) return { code: 'pasted_twice' }
  if (key.length > LENGTH) return { code: 'too_long', values: { count: key.length - LENGTH } }
  return null
}

/**
 * What is wrong, as the last part of a text's key; null when the key looks right.
 * @param {string} raw
 * @returns {ShapeProblem | null}
 */
export function shapeProblem(raw) {
  const key = trimmedKey(raw)
  if (!key) return { code: 'empty' }
  return characterProblem(key) ?? prefixProblem(key) ?? lengthProblem(key)
}
