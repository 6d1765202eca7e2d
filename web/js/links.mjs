/**
 * The links in Passport's mails, `…/#passport-reset=TOKEN`. What follows the # never reaches a
 * server's log; here it leaves the address, and with it the browser's history, at once.
 */

const LINK = /^#passport-(reset|verify|invite)=([\w.~-]+)$/

/** @returns {Passport.Destination | null} where the link of this page's address leads */
export function takeLink() {
  const [, part, code] = LINK.exec(location.hash) ?? []
  if (!code) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return { part: /** @type {Passport.Destination['part']} */ (part), code }
}
