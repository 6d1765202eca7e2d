/** A mail address that nobody has confirmed yet, and another mail for it. */
import { actionButton, notice, sentenceOf } from '../controls/buttons.mjs'
import { livePart } from '../controls/live_part.mjs'
import { element } from '../dom.mjs'

/** @param {Passport.DialogPanel} panel */
export function sendAgainButton({ texts, calls, announce, complain }) {
  return actionButton(texts.get('address.send_the_mail_again'), 'secondary', async (button) => {
    try {
      const { sent_to: email } = await calls.sendVerification()
      announce(texts.get('address.sent_to', { email }))
      button.firstElementChild?.replaceChildren(texts.get('address.sent'))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }, { 'data-part': 'send-again' })
}

/**
 * The address that waits for its confirmation, where a mail can be sent for it.
 * @param {Passport.Status | null} status
 */
export function unconfirmedAddress(status) {
  const { account, mail } = status ?? {}
  if (!account?.has_password || !mail?.enabled) return null
  return account.pending_email ?? (account.email_verified ? null : account.email)
}

/** @param {Passport.DialogPanel} panel */
export function addressNotice(panel) {
  const { texts, state } = panel
  return livePart(() => {
    const email = unconfirmedAddress(state.status)
    return email ? [notice('info', '', texts.get('address.not_confirmed_yet', { email }),
      element('div', { class: 'buttons' }, sendAgainButton(panel)))] : []
  })
}
