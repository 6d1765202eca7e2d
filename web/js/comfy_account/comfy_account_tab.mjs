/** The Comfy account of somebody who is logged in: what connects it, its credits, its subscription, its keys, its password. */
import { fetchedPart } from '../controls/fetched_part.mjs'
import { isTouched } from '../controls/live_part.mjs'
import { element, fill } from '../dom.mjs'
import { comfyMethod, comfyPanel, isOther } from './comfy_panel.mjs'
import { connectionContent } from './connection.mjs'
import { creditsCard } from './credits_card.mjs'
import { keysCard } from './keys_card.mjs'
import { logInCard } from './log_in_card.mjs'
import { subscriptionCard } from './subscription_card.mjs'

/**
 * Whether Comfy would answer: else each part would say the same.
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyAccount} account
 */
function hasLogIn(panel, { session, email }) {
  const logIn = panel.frontend()
  return session?.state === 'good' || Boolean(logIn && isSecureContext && !isOther(logIn, email))
}

/**
 * @param {Passport.DialogPanel} plain
 * @returns {Passport.Section}
 */
export function comfyAccountTab(plain) {
  const panel = comfyPanel(plain)
  const remote = element('div', { class: 'view' })
  /** What the parts below were drawn for: with other news they stay as they are. */
  let drawnFor = ''

  /** @param {Passport.ComfyAccount} account */
  const drawRemote = (account) => {
    const isAnswered = hasLogIn(panel, account)
    const hasPasswords = comfyMethod(panel)?.ways?.includes('password')
    const next = JSON.stringify([account.email, account.session, isAnswered, hasPasswords, panel.frontend()?.email])
    if (next === drawnFor) return
    drawnFor = next
    fill(remote, ...(isAnswered
      ? [creditsCard(panel, account.links), subscriptionCard(panel, account.links), keysCard(panel),
        hasPasswords && logInCard(panel, account)]
      : []))
  }
  const connection = fetchedPart(panel, panel.comfy.comfyAccount, (account) => {
    drawRemote(account)
    return connectionContent(panel, account)
  })
  const refresh = () => void connection.refresh()
  return {
    element: element('div', { class: 'view' }, connection.element, remote),
    chosen: refresh,
    update() {
      if (!isTouched(connection.element) && !connection.element.querySelector('.under-way')) refresh()
    }
  }
}
