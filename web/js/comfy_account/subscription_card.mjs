/** The subscription at Comfy: what it is, when it is renewed or ends, and how to end it. */
import { actionButton, badge, card, change, outsideLink, quiet } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

const LOOK = /** @type {const} */ ({ none: 'plain', active: 'good', ending: 'warning', ended: 'plain' })

/**
 * "It goes on until it is cancelled. It is renewed on 3 Dec 2026."
 * @param {Passport.Texts} texts
 * @param {Passport.Subscription} subscription
 */
export function subscriptionLine(texts, { state, renewal_date: renewal, end_date: end }) {
  const date = state === 'active' ? renewal : end
  return [
    texts.get(`subscription.${state}_explanation`),
    date && texts.get(`subscription.${state}_on`, { date: day(texts, date) })
  ].filter(Boolean).join(' ')
}

/** @typedef {'cancel' | 'resubscribe'} Step */

/**
 * The one thing that can be done now, where Comfy lets it be done from here.
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.Subscription} subscription
 * @param {() => Promise<void>} changed
 */
export function subscriptionAction(panel, { can_cancel: canCancel, can_resubscribe: canResubscribe }, changed) {
  const { texts, comfy } = panel
  const place = element('div', { class: 'part' })
  /** @param {Step} step @param {() => Promise<unknown>} work */
  const offer = (step, work) => {
    const draw = () => fill(place, element('div', { class: 'buttons' },
      actionButton(texts.get(`subscription.${step}`), 'secondary', askFirst, { 'data-part': step })))
    const askFirst = () => {
      fill(place, confirmation({
        title: texts.get(`subscription.${step}_title`), explanation: texts.get(`subscription.${step}_explanation`),
        confirm: texts.get(`subscription.${step}_it`), keep: texts.get('general.cancel'),
        kind: step === 'cancel' ? 'danger' : 'primary'
      }, async () => {
        await change(panel, async () => {
          await work()
          return texts.get(`subscription.${step}_done`)
        })
        await changed()
      }, () => {
        draw()
        focusPart(place, step)
      }))
      focusPart(place, 'keep')
    }
    draw()
  }
  if (canCancel) offer('cancel', comfy.cancelSubscription)
  else if (canResubscribe) offer('resubscribe', comfy.resubscribe)
  return place
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount['links']} links
 */
export function subscriptionCard(panel, links) {
  const { texts, comfy } = panel
  /** @returns {Promise<void>} */
  const refresh = () => part.refresh()
  const part = fetchedPart(panel, comfy.subscription, (subscription) => [
    element('p', { class: 'marked' },
      [subscription.tier, subscription.duration].filter(Boolean).join(', '),
      badge(LOOK[subscription.state], texts.get(`subscription.${subscription.state}`))),
    quiet(subscriptionLine(texts, subscription)),
    subscriptionAction(panel, subscription, refresh)
  ])
  void refresh()
  return card(texts.get('subscription.title'), part.element,
    element('p', {}, outsideLink(texts, links.subscription, texts.get('subscription.at_comfy'))))
}
