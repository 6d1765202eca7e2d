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
