/** What a mail's link asks for, where the views have no place for it: above them. */
import { actionButton, card, linkButton, notice, quiet, sentenceOf } from '../controls/buttons.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { resetForm } from '../log_in/reset_form.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} token
 * @param {(answer: HTMLElement) => void} say
 */
function verification({ texts, calls, state, announce }, token, say) {
  const confirm = async () => {
    try {
      const { email } = await calls.confirmEmail(token)
      const sentence = texts.get('verify.confirmed', { email })
      say(notice('good', '', sentence))
      announce(sentence)
    } catch (error) {
      say(notice('error', '', sentenceOf(texts, error)))
      announce(sentenceOf(texts, error))
    }
    await state.refreshEverywhere()
  }
  return card(texts.get('verify.confirm_your_mail_address'),
    quiet(texts.get('verify.explanation')),
    element('div', { class: 'buttons' },
      actionButton(texts.get('verify.confirm_my_address'), 'primary', confirm, { 'data-part': 'verify' })))
}

/** @param {Passport.DialogPanel} panel */
export function linkPart(panel) {
  const { texts } = panel
  const place = element('div', { class: 'part' })
  const clear = () => fill(place)
  /** @type {Partial<Record<Passport.Destination['part'], (code: string) => HTMLElement>>} */
  const cards = {
    verify: (code) => verification(panel, code, (answer) => fill(place, answer)),
    reset: (code) => card(texts.get('reset.set_a_new_password'),
      resetForm(panel, { email: '', code }, () => fill(place, notice('good', '', texts.get('reset.done'))))),
    invite: () => notice('info', texts.get('invitation.you_are_logged_in'), texts.get('invitation.for_somebody_else'),
      linkButton(texts.get('general.close_this'), clear, 'dismiss'))
  }
  return {
    element: place,
    /**
     * @param {Passport.Destination} destination
     * @returns {boolean} whether it is shown here
     */
    show({ part, code = '' }) {
      const show = cards[part]
      if (!show || (part !== 'verify' && !panel.state.status?.signed_in)) return false
      fill(place, show(code))
      focusPart(place, part === 'verify' ? 'verify' : undefined)
      return true
    }
  }
}
