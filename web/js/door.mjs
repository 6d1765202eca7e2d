/** Opens the one dialog, and gives the focus back to where it was. */
import { styleSheet } from './dom.mjs'

/** Heavier than all that stands on the page before the first click: fetched while it is idle. */
const fetchDialog = () => import('./dialog_element.mjs')

export function prefetchDialog() {
  // Safari has no idle callback.
  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 1_000))
  whenIdle(() => void fetchDialog().catch(() => {}))
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
  let isOpen = false
  return async (part = '') => {
    if (isOpen) return
    isOpen = true
    const opener = focused()
    const giveBack = () => {
      isOpen = false
      const isThere = opener !== document.body && opener?.checkVisibility()
      ;(isThere ? opener : otherwise())?.focus()
    }
    try {
      const [{ createDialog }, sheet] = await Promise.all([fetchDialog(), styleSheet])
      document.body.append(createDialog({ ...panel, firstPart: part, sheet }, giveBack))
    } catch {
      // The server went away before the dialog was fetched; the top bar says so.
      isOpen = false
      await panel.state.refresh()
    }
  }
}
