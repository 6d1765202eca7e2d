/** Opens the one dialog, and gives the focus back to where it was. */

/** @typedef {import('./dialog_element.mjs').PassportDialogElement} PassportDialogElement */

/** What the dialog needs besides this module; fetched when the browser is idle. */
function ingredients() {
  return Promise.all([import('./dialog_element.mjs'), import('./styles.mjs')])
}

export function prefetchDialog() {
  const prefetch = () => void ingredients().then(([, styles]) => styles.styleSheet()).catch(() => {})
  if ('requestIdleCallback' in window) requestIdleCallback(prefetch, { timeout: 5_000 })
  else setTimeout(prefetch, 1_000)
}

/** The element with the focus, inside shadow roots too. */
function focused() {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active instanceof HTMLElement ? active : null
}

/**
 * @param {HTMLElement | null} opener
 * @param {() => HTMLElement | null} otherwise where the focus goes when the opener has gone, as
 *   a menu's entry does
 */
function giveBack(opener, otherwise) {
  const alive = opener?.isConnected && opener !== document.body && opener.checkVisibility()
  const target = alive ? opener : otherwise()
  target?.focus()
}

/**
 * @param {() => Passport.Panel} panelOf
 * @param {() => HTMLElement | null} otherwise
 * @returns {(part?: string) => void}
 */
export function createDoor(panelOf, otherwise) {
  /** @type {PassportDialogElement | null} */
  let open = null
  return async (part = '') => {
    if (open) return
    const opener = focused()
    const [{ defineDialog }, { styleSheet }] = await ingredients()
    const sheet = await styleSheet()
    if (open) return
    defineDialog()
    open = /** @type {PassportDialogElement} */ (document.createElement('passport-dialog'))
    Object.assign(open, { panel: panelOf(), firstPart: part, sheets: [sheet] })
    open.addEventListener('closed', () => {
      open = null
      giveBack(opener, otherwise)
    })
    document.body.append(open)
  }
}
