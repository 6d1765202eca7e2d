/** The links in mails, `…/#passport-reset=TOKEN`: the token leaves the address at once. */

const LINK = /^#passport-(reset|verify|invite)=([\w.~-]+)$/

/** @returns {Passport.Destination | null} */
export function takeLink() {
  const [, part, code] = LINK.exec(location.hash) ?? []
  if (!code) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return { part: /** @type {Passport.Destination['part']} */ (part), code }
}
