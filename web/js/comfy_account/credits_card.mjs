/** The balance at Comfy, what it was used for, and the ways to more. */
import { actionButton, card, outsideLink, quiet, sentenceOf } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { pagedList } from '../controls/paged_list.mjs'
import { row } from '../controls/row.mjs'
import { textField } from '../controls/text_field.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { element, fill } from '../dom.mjs'
import { CallError } from '../server_call.mjs'
import { blockedLink, openOutside } from './outside_tab.mjs'

/** The server takes these, in whole dollars. */
const [LEAST_USD, MOST_USD] = [1, 10_000]
const USUAL_USD = 10
const EVENTS_AT_ONCE = 5

/** @param {Passport.Texts} texts @param {number} amount */
function dollars(texts, amount) {
  return new Intl.NumberFormat(texts.locale, { style: 'currency', currency: 'USD' }).format(amount)
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.CreditEvent} event
 */
function eventRow(texts, { type, at, params }) {
  const { api_name: api, model, amount } = params ?? {}
  return row(texts.find(`comfy_events.${type}`) ?? type, [
    [api, model].filter((part) => typeof part === 'string').join(' · '),
    // The service counts what was paid in cents.
    typeof amount === 'number' ? dollars(texts, amount / 100) : null,
    dayAndTime(texts, at)
  ])
}

/**
 * Recent use: Comfy gives it in pages, people read it in smaller pieces.
 * @param {Passport.ComfyPanel} panel
 * @param {(credits: Passport.Credits) => void} showBalance
 */
function eventList(panel, showBalance) {
  const { texts, comfy } = panel
  /** @type {Passport.CreditEvent[]} */
  let events = []
  /** @type {number | null} */
  let nextPage = 1
  /** @param {number} page */
  const load = async (page) => {
    const credits = await comfy.credits(page)
    showBalance(credits)
    if (!credits.events) throw new CallError('comfy_use_untold', texts.get('comfy.use_untold'))
    events = [...events, ...credits.events]
    nextPage = credits.next_page
  }
  return pagedList(panel, {
    async fetch(/** @type {number} */ start = 0) {
      if (start === 0) {
        events = []
        nextPage = 1
      }
      const next = start + EVENTS_AT_ONCE
      if (nextPage && events.length < next) await load(nextPage)
      return { items: events.slice(start, next), next: nextPage || next < events.length ? next : null }
    },
    row: (event) => eventRow(texts, event),
    none: texts.get('comfy.not_used_yet')
  })
}

/** @param {Passport.ComfyPanel} panel */
function topUpForm(panel) {
  const { texts, comfy, announce } = panel
  const link = element('span', {})
  const amount = textField({
    name: 'amount', type: 'number', label: texts.get('comfy.amount'), value: String(USUAL_USD),
    missing: texts.get('comfy.enter_an_amount'), attributes: { min: LEAST_USD, max: MOST_USD, step: 1, inputmode: 'numeric' }
  })
  return form(panel, {
    fields: [amount],
    content: [amount.element],
    label: texts.get('comfy.top_up'),
    busy: texts.get('comfy.asking_comfy'),
    kind: 'secondary',
    beside: link,
    async send() {
      // What is no number has no value, and is said to be missing.
      if (!amount.input.validity.valid) return amount.refuse(texts.get('comfy.whole_dollars', { least: LEAST_USD, most: MOST_USD }))
      const blocked = await openOutside(() => comfy.topUp(Number(amount.value)))
      link.replaceChildren(blockedLink(texts, blocked) ?? '')
      announce(texts.get(blocked ? 'comfy.window_was_blocked' : 'comfy.pay_in_the_new_window'))
    }
  })
}

/** @param {Passport.ComfyPanel} panel */
function billingButton({ texts, comfy, announce, complain }) {
  const link = element('span', {})
  const button = actionButton(texts.get('comfy.billing_portal'), 'secondary', async () => {
    try {
      const blocked = await openOutside(comfy.billingPortal)
      link.replaceChildren(blockedLink(texts, blocked) ?? '')
      announce(texts.get(blocked ? 'comfy.window_was_blocked' : 'comfy.opened_in_a_new_window'))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }, { 'data-part': 'billing' })
  return element('div', { class: 'buttons' }, button, link)
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount['links']} links
 */
export function creditsCard(panel, links) {
  const { texts } = panel
  const balance = element('div', { class: 'part' })
  const list = eventList(panel, ({ balance_usd: usd, credits }) => {
    fill(balance, element('p', { class: 'balance' }, element('strong', {}, dollars(texts, usd)), ' · ',
      texts.get('comfy.credits_count', { count: new Intl.NumberFormat(texts.locale).format(credits) })))
  })
  void list.refresh()
  return card(texts.get('comfy.credits'), balance,
    topUpForm(panel),
    element('h4', {}, texts.get('comfy.recent_use')), list.element,
    element('h4', {}, texts.get('comfy.invoices_title')), quiet(texts.get('comfy.invoices')),
    billingButton(panel), element('p', {}, outsideLink(texts, links.billing, texts.get('comfy.all_at_comfy'))))
}
