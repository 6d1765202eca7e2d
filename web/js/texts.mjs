/**
 * The panel's texts, in the person's language.
 *
 * ComfyUI collects every node pack's `locales/` and serves them at /i18n, on each version that
 * we support; ours stand under the key "passport". A text that is missing there is shown as the
 * last part of its key, in words: "account.log_out" reads "Log out". So keys are named for what
 * they say.
 */

/** @typedef {Passport.TextTree} Tree */
/** @typedef {Record<string, string | number>} Values */

/**
 * @param {Tree | undefined} tree
 * @param {string} key
 * @returns {string | null}
 */
function find(tree, key) {
  /** @type {string | Tree | undefined} */
  let found = tree
  for (const part of key.split('.')) {
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
 * @param {string} text
 * @param {Values} values
 */
function fill(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

export class Texts {
  /** @type {Record<string, Tree>} */
  #languages = {}
  #currentLocale

  /** @param {() => string} currentLocale */
  constructor(currentLocale) {
    this.#currentLocale = currentLocale
  }

  get locale() {
    return this.#currentLocale()
  }

  /** @param {unknown} languages the answer of /i18n */
  fillFrom(languages) {
    if (languages && typeof languages === 'object') {
      this.#languages = /** @type {Record<string, Tree>} */ (languages)
    }
  }

  /**
   * The text, or null where neither the person's language nor English has it.
   * @param {string} key a path under "passport"; a leading "/" makes it a path from the root
   */
  find(key) {
    const path = key.startsWith('/') ? key.slice(1) : `passport.${key}`
    return find(this.#languages[this.locale], path) ?? find(this.#languages.en, path)
  }

  /**
   * @param {string} key
   * @param {Values} [values]
   */
  get(key, values = {}) {
    return fill(this.find(key) ?? inWords(key), values)
  }
}

/**
 * @param {Passport.Api} api
 * @param {Passport.App} app
 */
export async function loadTexts(api, app) {
  const texts = new Texts(() => String(app.extensionManager?.setting?.get('Comfy.Locale') ?? 'en'))
  try {
    const answer = await api.fetchApi('/i18n')
    if (answer.ok) texts.fillFrom(await answer.json())
  } catch {
    // A panel with plain words is better than none.
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
