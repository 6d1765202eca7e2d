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

/** @param {Passport.DialogPanel} panel */
export function comfyAccountNotice({ texts, state }) {
  const { credential, account } = state.status ?? {}
  // Who has no password logs in with a key of Comfy's.
  if (credential?.source !== 'account' && account?.has_password) return null
  return notice('info', texts.get('comfy_account.title'), texts.get('comfy_account.explanation'),
    element('div', { class: 'form-links' },
      element('a', { href: mailAddress(texts), class: 'link' }, texts.get('comfy_account.write_to_comfy')),
      outsideLink(texts, PLATFORM, texts.get('comfy_account.invoices'))))
}
