/** What Comfy's log-in can do for somebody without a key; fetched only for those whom it concerns. */
import { element, fill } from '../dom.mjs'

/** @param {Passport.Status | null} status */
function isConcerned(status) {
  const { credential, methods = [] } = status ?? {}
  if (!status?.signed_in) return false
  const hasKey = credential?.source === 'account' && credential.kind !== 'id-token'
  return !hasKey && methods.some(({ id, ways = [] }) => id === 'comfy' && ways.includes('hand_over'))
}

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Part}
 */
export function comfyNotice(panel) {
  const place = element('div', {})
  /** @type {Passport.Part | null} */
  let notice = null
  let isComing = false

  const load = async () => {
    const { handOverNotice } = await import('../comfy_account/hand_over_notice.mjs')
    notice = handOverNotice(panel)
    fill(place, notice.element)
  }
  const update = () => {
    const isWanted = isConcerned(panel.state.status)
    place.hidden = !isWanted
    notice?.update()
    if (!isWanted || isComing) return
    isComing = true
    load().catch(() => {
      isComing = false
    })
  }
  update()
  return { element: place, update }
}
