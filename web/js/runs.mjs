/** What stands between a run and its key: the frontend's gate before it, refusals after it. */

/**
 * From frontend 1.54.7 the Run button reads "Sign in to run" while the frontend itself is logged
 * out, though the server has a key. This flag of the server's lifts that.
 */
const GATE = 'partner_run_gate_enabled'
const PACK_NOT_ALLOWED = 'PassportNodePackNotAllowed'
/** What ComfyUI's own API nodes say when they got no key. */
const NOT_LOGGED_IN = 'Unauthorized: Please login first'

/**
 * Lifts the gate only while a run from this browser has a key; afterwards what the server said
 * stands there again. The flags are a Vue ref from 1.41 on; before, there was no gate.
 * @param {Passport.Panel} panel
 */
export function keepRunGateOpen({ api, state }) {
  const flags = api.serverFeatureFlags
  if (!flags?.value) return
  /** What the server said, while ours stands in its place. @type {{ said: unknown } | null} */
  let original = null

  const apply = () => {
    const { [GATE]: said, ...others } = flags.value ?? {}
    const hasKey = (state.status?.run.uses ?? 'none') !== 'none'
    if (hasKey && said !== false) {
      original = { said }
      flags.value = { ...others, [GATE]: false }
    } else if (!hasKey && original) {
      flags.value = original.said === undefined ? others : { ...others, [GATE]: original.said }
      original = null
    }
  }

  state.addEventListener('change', apply)
  // The server's message has replaced the whole map by the time this event comes.
  api.addEventListener('feature_flags', () => {
    original = null
    apply()
  })
}

/** @param {Passport.Panel} panel */
function sayNotLoggedIn({ app, texts }) {
  app.extensionManager?.toast?.add({
    severity: 'info',
    summary: texts.get('toasts.not_logged_in'),
    detail: texts.get('toasts.not_logged_in_text'),
    life: 8_000
  })
}

/** @param {Passport.Panel} panel */
export function followRefusedRuns(panel) {
  panel.api.addEventListener('execution_error', (event) => {
    const { exception_type: type, exception_message: message } = /** @type {CustomEvent} */ (event).detail
    // Whatever went wrong, the key's state may have changed: forgotten, unreadable, refused.
    void panel.state.refresh()
    // The type may come with its module before the name.
    if (String(type).endsWith(PACK_NOT_ALLOWED)) panel.open({ part: 'node_packs' })
    else if (String(message).includes(NOT_LOGGED_IN) && !panel.state.status?.signed_in) {
      sayNotLoggedIn(panel)
    }
  })
}
