/** What is not ours to delete: the Comfy account behind a key. */
import { notice, outsideLink } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'

const SUPPORT = 'support@comfy.org'
const PLATFORM = 'https://platform.comfy.org/'

/** @param {Passport.Texts} texts */
function mailAddress(texts) {
  const [subject, body] = ['mail_subject', 'mail_body'].map((part) => encodeURIComponent(texts.get(`comfy_account.${part}`)))
  return `mailto:${SUPPORT}?subject=${subject}&body=${body}`
}

/**
 * What Comfy says of the subscription, where it can be asked; else the words round it say it all.
 * @param {Passport.DialogPanel} panel
 */
function subscriptionPart(panel) {
  const place = element('div', { class: 'part', role: 'status' })
  if (panel.state.status?.methods.some(({ id }) => id === 'comfy')) {
    import('../comfy_account/subscription_notice.mjs')
      .then(({ showSubscription }) => showSubscription(panel, place)).catch(() => {})
  }
  return place
}

/** @param {Passport.DialogPanel} panel */
export function comfyAccountNotice(panel) {
  const { texts, state } = panel
  const { credential, account } = state.status ?? {}
  // Who has no password logs in with a key of Comfy's.
  if (credential?.source !== 'account' && account?.has_password) return null
  return notice('info', texts.get('comfy_account.title'), texts.get('comfy_account.explanation'),
    subscriptionPart(panel),
    element('div', { class: 'form-links' },
      element('a', { href: mailAddress(texts), class: 'link' }, texts.get('comfy_account.write_to_comfy')),
      outsideLink(texts, PLATFORM, texts.get('comfy_account.invoices'))))
}
