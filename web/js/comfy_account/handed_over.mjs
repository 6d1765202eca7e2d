/** What came of handing a log-in at Comfy over to this server, said once. */
import { actionButton, notice } from '../controls/buttons.mjs'
import { ask } from '../controls/layer.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { element } from '../dom.mjs'

/**
 * Until when the log-in itself is used, where Comfy let no key be made.
 * @param {Passport.Texts} texts
 * @param {Passport.Credential | null | undefined} credential
 */
export function tokenLine(texts, credential) {
  const end = credential?.expires_at
  return end ? texts.get('comfy.token_until', { time: dayAndTime(texts, end) }) : texts.get('comfy.token_for_an_hour')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.HandedOver} answer
 * @param {boolean} [isJoined] two accounts here have become one
 */
export async function tellHandedOver(panel, { account, credential, key_made: isMade, reason }, isJoined) {
  const { texts, announce } = panel
  const name = account.display_name || account.email || ''
  if (isMade) return announce(texts.get('comfy.key_made', { name }))
  if (!reason) return announce(texts.get(isJoined ? 'spoken.merged' : 'spoken.logged_in'))
  await ask(panel, texts.get('comfy.no_key_made'), (give) => [
    notice('warning', '', texts.find(`comfy_key_reasons.${reason}`) ?? texts.get('comfy.key_refused'),
      element('p', {}, tokenLine(texts, credential)), element('p', {}, texts.get('comfy.afterwards'))),
    element('div', { class: 'buttons' },
      actionButton(texts.get('comfy.understood'), 'primary', () => give(), { 'data-part': 'done', autofocus: true }))
  ])
}
