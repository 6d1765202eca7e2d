/** Logging out: wherever the panel offers it, the same questions come first. */
import { change } from '../controls/buttons.mjs'
import { sure } from '../controls/layer.mjs'

/** @typedef {'here' | 'forget' | 'everywhere'} Way `forget` takes the stored key off this server as well */

/** @type {Record<Way, { title: string, explanation: string, confirm: string, done: string }>} */
const WORDING = {
  here: {
    title: 'comfy.log_out_title', explanation: 'leaving.log_out_explanation',
    confirm: 'leaving.log_out', done: 'spoken.logged_out'
  },
  forget: {
    title: 'comfy.log_out_title', explanation: 'leaving.log_out_and_forget_the_key_explanation',
    confirm: 'leaving.log_out', done: 'spoken.logged_out_and_forgotten'
  },
  everywhere: {
    title: 'sessions.everywhere_title', explanation: 'sessions.everywhere_explanation',
    confirm: 'sessions.log_out_everywhere', done: 'spoken.logged_out'
  }
}

/**
 * On a shared computer logging out takes the key along.
 * @param {Passport.Status | null} status
 * @returns {Way}
 */
export function usualWay(status) {
  return status?.session?.shared_computer ? 'forget' : 'here'
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Way} way
 * @returns {Promise<Way | null>} the way that is left after the questions; null: stay
 */
async function question(panel, way) {
  const { texts, state } = panel
  const { title, explanation, confirm } = WORDING[way]
  const wording = { title: texts.get(title), explanation: texts.get(explanation), confirm: texts.get(confirm) }
  // Whatever keeps the question from being asked must not keep anybody from logging out.
  const madeKey = state.mayHaveMadeKey
    ? await import('../comfy_account/made_key_question.mjs')
      .then(({ madeKeyQuestion }) => madeKeyQuestion(panel)).catch(() => null)
    : null
  if (madeKey) {
    const answer = await madeKey(wording, way === 'forget')
    // A key that was deleted at Comfy is of no use here either.
    return answer === 'deleted' && way === 'here' ? 'forget' : answer && way
  }
  const asks = way === 'everywhere'
  return !asks || await sure(panel, { ...wording, keep: texts.get('general.cancel') }) ? way : null
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Way} way
 */
export async function logOut(panel, way) {
  const { texts, calls } = panel
  const left = await question(panel, way)
  if (!left) return
  await change(panel, async () => {
    await (left === 'everywhere' ? calls.endSessions(true) : calls.logOut(left === 'forget'))
    return texts.get(WORDING[left].done)
  })
}
