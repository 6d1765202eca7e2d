/** What Comfy's account asks of somebody who is not logged in to this server yet. */
import { proven } from '../account/proof.mjs'
import { sharedComputerChoice } from '../controls/choice.mjs'
import { laterAdmission } from '../log_in/admission_field.mjs'

/**
 * A way in that somebody else adds at an unlocked screen would stay theirs: so whoever is logged in proves first
 * that it is them.
 * @template Result
 * @param {Passport.DialogPanel} panel
 * @param {() => Promise<Result>} work
 */
export function linkProven(panel, work) {
  return proven(panel, 'proof.to_link', work)
}

/**
 * Empty for somebody who is logged in here and connects an account at Comfy.
 * @param {Passport.DialogPanel} panel
 * @returns {import('./hand_over_part.mjs').Extra & { take(code: string): void }}
 */
export function entryFields({ texts, state }) {
  if (state.status?.signed_in) {
    return { content: [], isFilled: () => true, fields: () => ({}), refuse: () => false, take() {} }
  }
  const shared = sharedComputerChoice(texts)
  const admission = laterAdmission(texts, state.status?.registration)
  return {
    content: [admission.element, shared.element],
    isFilled: admission.isFilled,
    fields: () => ({ shared_computer: shared.box.checked, ...admission.fields() }),
    refuse: admission.refuse,
    take(code) {
      if (code) admission.take(code)
    }
  }
}
