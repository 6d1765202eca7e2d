/** Logging out, with or without the stored key. */
import { change } from '../controls/buttons.mjs'

/**
 * Whether a key may have been made at Comfy for this server: then one is asked what to do with it.
 * @param {Passport.Status | null} status
 */
function mayHaveMadeKey(status) {
  return status?.credential?.source === 'account' && status.methods.some(({ id }) => id === 'comfy')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget the key leaves the server as well
 */
export async function logOut(panel, forget) {
  const { texts, calls, state } = panel
  /** @param {boolean} isForgotten */
  const leave = (isForgotten) => change(panel, async () => {
    await calls.logOut(isForgotten)
    return texts.get(isForgotten ? 'spoken.logged_out_and_forgotten' : 'spoken.logged_out')
  })
  if (!mayHaveMadeKey(state.status)) return leave(forget)
  // Whatever keeps the question from being asked must not keep anybody from logging out.
  const question = await import('../comfy_account/made_key_question.mjs').catch(() => null)
  const isForgotten = question ? await question.askAboutMadeKey(panel, forget) : forget
  if (isForgotten !== null) await leave(isForgotten)
}
