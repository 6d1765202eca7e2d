/** What people call the browser that something was done with. */

/**
 * "Firefox on Linux", as much of it as is known.
 * @param {Passport.Texts} texts
 * @param {{ browser: string | null, platform: string | null }} client
 */
export function clientName(texts, { browser, platform }) {
  if (browser && platform) return texts.get('sessions.browser_on_platform', { browser, platform })
  return browser || platform || texts.get('sessions.unknown_browser')
}
