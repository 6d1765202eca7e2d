/**
 * The panel's texts, in the person's language.
 *
 * ComfyUI collects every node pack's `locales/` and serves them at /i18n, on each version that
 * we support; ours stand under the key "passport". A text that is missing there is shown as the
 * last part of its key, in words: "account.log_out" reads "Log out". So keys are named for what
 * they say.
 */

/**
 * @param {Passport.TextTree | undefined} tree
 * @param {string} path
 */
function textAt(tree, path) {
  /** @type {Passport.TextTree | string | undefined} */
  let found = tree
  for (const part of path.split('.')) {
    if (typeof found !== 'object') return null
    found = found[part]
  }
  return typeof found === 'string' ? found : null
}

/** @param {string} key */
function inWords(key) {
  const words = key.slice(key.lastIndexOf('.') + 1).replaceAll(/[_:]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/**
 * @param {Passport.Api} api
 * @param {Passport.App} app
 */
export async function loadTexts(api, app) {
  /** @type {Record<string, Passport.TextTree>} */
  const languages = await api.fetchApi('/i18n').then((answer) => answer.json()).catch(() => ({}))
  /** @type {Passport.Texts} */
  const texts = {
    get locale() {
      return String(app.extensionManager?.setting?.get('Comfy.Locale') ?? 'en')
    },
    find(key) {
      const path = key.startsWith('/') ? key.slice(1) : `passport.${key}`
      return textAt(languages[texts.locale], path) ?? textAt(languages.en, path)
    },
    get(key, values = {}) {
      const text = texts.find(key) ?? inWords(key)
      return text.replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
    }
  }
  return texts
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60]
]

/**
 * "2 minutes ago", "yesterday"; the text for "never" where there is no instant.
 * @param {Passport.Texts} texts
 * @param {string | null} instant ISO 8601
 */
export function ago(texts, instant) {
  if (!instant) return texts.get('times.never')
  const seconds = (Date.parse(instant) - Date.now()) / 1000
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length)
  if (!unit) return texts.get('times.just_now')
  const words = new Intl.RelativeTimeFormat(texts.locale, { numeric: 'auto' })
  return words.format(Math.round(seconds / unit[1]), unit[0])
}

/**
 * @param {Passport.Texts} texts
 * @param {string} instant ISO 8601
 */
export function day(texts, instant) {
  return new Intl.DateTimeFormat(texts.locale, { dateStyle: 'medium' }).format(new Date(instant))
}
