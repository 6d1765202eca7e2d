/** Keeps people from leaving by mistake what they cannot come back to. */

/** @returns {Passport.Hold} */
export function hold() {
  /** @type {Node | null} */
  let held = null
  /** @type {() => Promise<boolean>} */
  let mayLeave = async () => true
  let isAsking = false

  const isTaken = () => held?.isConnected ?? false
  const release = () => {
    held = null
    removeEventListener('beforeunload', stay)
  }
  /** The browser's own question, where the page itself is left. @param {Event} event */
  const stay = (event) => {
    if (isTaken()) event.preventDefault()
  }
  /** @param {() => void} leave */
  const askFirst = async (leave) => {
    if (isAsking) return
    isAsking = true
    const leaves = await mayLeave()
    isAsking = false
    if (!leaves) return
    release()
    leave()
  }
  return {
    take(place, question) {
      held = place
      mayLeave = question
      addEventListener('beforeunload', stay)
    },
    release,
    beforeLeaving(leave) {
      if (isTaken()) void askFirst(leave)
      else leave()
    },
    get isTaken() {
      return isTaken()
    }
  }
}
