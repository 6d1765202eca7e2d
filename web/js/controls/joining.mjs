/** A log-in that belongs to another account here: who has proved both may make them one. */
import { actionButton } from './buttons.mjs'

const TAKEN = 'identity_taken'

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Error} error
 * @param {() => Promise<void> | void} join
 * @returns {HTMLElement | null} null where the error is another one
 */
export function joinOffer(texts, { code }, join) {
  return code === TAKEN ? actionButton(texts.get('link.link_the_two_accounts'), 'secondary', join, {
    'data-part': 'link-accounts'
  }) : null
}
