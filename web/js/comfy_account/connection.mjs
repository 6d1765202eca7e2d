/** Which account at Comfy stands behind this one, whether its log-in still holds, and how to part them. */
import { actionButton, badge, cardWith, change, notice, quiet } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { icon } from '../controls/icons.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { isOther } from './comfy_panel.mjs'
import { waysPart } from './ways_part.mjs'

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount} account
 */
function disconnection(panel, { made_key: madeKey }) {
  const { texts, comfy } = panel
  const place = element('div', { class: 'part' })
  const draw = () => fill(place, element('div', { class: 'buttons' },
    actionButton(texts.get('comfy.disconnect'), 'secondary', askFirst, { 'data-part': 'disconnect' })))
  const askFirst = () => {
    fill(place, confirmation({
      title: texts.get('comfy.disconnect_title'),
      explanation: texts.get(madeKey ? 'comfy.disconnect_keeps_the_key' : 'comfy.disconnect_explanation', { name: madeKey?.name ?? '' }),
      confirm: texts.get('comfy.disconnect_it'), keep: texts.get('general.cancel')
    }, () => change(panel, async () => {
      await comfy.disconnect()
      return texts.get('comfy.disconnected')
    }), () => {
      draw()
      focusPart(place, 'disconnect')
    }))
    focusPart(place, 'keep')
  }
  draw()
  return place
}

/**
 * Said here, and nowhere else: the parts of the account that it takes away are not there meanwhile.
 * @param {Passport.ComfyPanel} panel
 * @param {NonNullable<Passport.ComfyAccount['session']>} session
 */
function endedNotice(panel, { cause, remedy }) {
  const { texts } = panel
  return notice('warning', texts.get('comfy.log_in_ended'), remedy ?? texts.find(`comfy.ended_${cause}`) ?? '',
    element('p', {}, texts.get('comfy.rest_works')))
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount} account
 */
function facts(panel, { email, made_key: madeKey }) {
  const { texts } = panel
  const logIn = panel.frontend()
  return [
    element('p', {}, texts.get('comfy.connected_as', { email: email ?? texts.get('comfy.somebody') })),
    madeKey && quiet(texts.get('comfy.made_for_this_server', { name: madeKey.name })),
    isOther(logIn, email) && notice('info', '', texts.get('comfy.comfyui_is_somebody_else', { email: logIn?.email ?? '' }))
  ]
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount} account
 */
export function connectionContent(panel, account) {
  const { texts } = panel
  const title = texts.get('comfy.title')
  if (!account.connected) {
    return [cardWith(title, badge('plain', texts.get('comfy.not_connected')),
      quiet(texts.get('comfy.connect_explanation')), waysPart(panel).element)]
  }
  const { session } = account
  const isEnded = session?.state === 'ended'
  const state = isEnded ? badge('warning', texts.get('comfy.ended'), icon('warning'))
    : badge('good', texts.get('comfy.connected'), icon('check'))
  return [cardWith(title, state, ...facts(panel, account),
    session && isEnded && endedNotice(panel, session), isEnded && waysPart(panel).element,
    disconnection(panel, account))]
}
