/** Opens the one dialog, and gives the focus back to where it was. */
import { styleSheet } from './dom.mjs'

const fetchDialog = () => import('./dialog/dialog_element.mjs')

/** @param {() => Promise<unknown>} [fetch] what will be needed: fetched while the page is idle */
export function prefetch(fetch = fetchDialog) {
  // Safari has no idle callback.
  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 1_000))
  whenIdle(() => void fetch().catch(() => {}))
}

/** The element with the focus, inside shadow roots too. */
function focused() {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active instanceof HTMLElement ? active : null
}

/**
 * @param {Passport.Panel} panel
 * @param {() => HTMLElement | null} otherwise has the focus afterwards when the opener has gone,
 *   as a menu's entry does
 */
export function createDoor(panel, otherwise) {
  /** @type {Promise<HTMLElement & { show(destination: Passport.Destination): void }> | null} */
  let dialog = null

  /** @param {Passport.Destination} destination */
  const open = async (destination) => {
    const opener = focused()
    const giveBack = () => {
      dialog = null
      const isThere = opener !== document.body && opener?.checkVisibility()
      ;(isThere ? opener : otherwise())?.focus()
    }
    const [{ createDialog, dialogSheet }, ...sheets] = await Promise.all([fetchDialog(), styleSheet])
    const opened = createDialog({ ...panel, destination, sheets: [...sheets, await dialogSheet] }, giveBack)
    document.body.append(opened)
    return opened
  }

  return async (/** @type {Passport.Destination} */ destination = { part: '' }) => {
    if (dialog) return (await dialog)?.show(destination)
    dialog = open(destination)
    try {
      await dialog
    } catch {
      // The server went away before the dialog was fetched; the top bar says so.
      dialog = null
      await panel.state.refresh()
    }
  }
}
