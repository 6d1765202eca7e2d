/** Where no password may be sent, and why. */
import { notice } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'

/**
 * Why no password may be sent from here, or null where it may.
 * @param {Passport.DialogPanel} panel
 */
export function whyNoPasswordHere({ texts, state }) {
  const method = state.status?.methods.find(({ id }) => id === 'email')
  if (method?.enabled !== false) return null
  const key = `reasons.${method.reason}`
  return notice('info', '', texts.find(key) ?? texts.get('log_in.see_the_doctor'),
    element('p', {}, texts.find(`${key}_remedy`) ?? ''))
}
