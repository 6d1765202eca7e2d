/** Links in mails, `…/#passport-reset=TOKEN`: the token leaves the address at once. */

const LINK = /^#passport-(reset|verify|invite)=([\w.~-]+)$/

/**
 * @param {string} [hash]
 * @returns {Passport.Destination | null}
 */
export function takeLink(hash = location.hash) {
  const [, part, code] = LINK.exec(hash) ?? []
  if (!code) return null
  if (location.hash === hash) history.replaceState(history.state, '', location.pathname + location.search)
  return { part: /** @type {Passport.Destination['part']} */ (part), code }
}
