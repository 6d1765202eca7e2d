/** Before an account is deleted here: whether one at Comfy goes on being paid for. */
import { notice, outsideLink, quiet } from '../controls/buttons.mjs'
import { element, fill } from '../dom.mjs'
import { comfyPanel } from './comfy_panel.mjs'
import { subscriptionAction, subscriptionLine } from './subscription_card.mjs'

/**
 * @param {Passport.DialogPanel} plain
 * @param {HTMLElement} place
 */
export async function showSubscription(plain, place) {
  const panel = comfyPanel(plain)
  const { texts, comfy } = panel
  const { links } = await comfy.comfyAccount()
  const show = async () => {
    const subscription = await comfy.subscription()
    const line = subscriptionLine(texts, subscription)
    if (subscription.state !== 'active') return fill(place, quiet(line))
    fill(place, notice('warning', texts.get('subscription.goes_on'), line,
      subscription.can_cancel ? subscriptionAction(panel, subscription, show)
        : element('p', {}, outsideLink(texts, links.subscription, texts.get('subscription.at_comfy')))))
  }
  await show()
}
