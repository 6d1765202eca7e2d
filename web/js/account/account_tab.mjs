/** The first section: who somebody is here, their key, what a run uses, the ways out. */
import { actionButton, card, quiet } from '../controls/buttons.mjs'
import { icon } from '../controls/icons.mjs'
import { livePart } from '../controls/live_part.mjs'
import { day } from '../controls/times.mjs'
import { element } from '../dom.mjs'
import { endCard } from '../leaving/end_card.mjs'
import { addressNotice } from './address_notice.mjs'
import { comfyNotice } from './comfy_notice.mjs'
import { keyPart } from './key_card.mjs'
import { logOut } from './log_out.mjs'
import { nodePacksPart } from './node_packs_part.mjs'
import { ownerOffer } from './owner_offer.mjs'

/** In the order in which the server looks for a key. */
const ORDER = ['request', 'account', 'machine', 'none']

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Status['run']} run
 */
function runCard(texts, run) {
  const order = ORDER.map((step) =>
    element('li', step === run.uses ? { 'aria-current': 'true' } : {}, texts.get(`run.order_${step}`)))
  return card(texts.get('run.title'),
    element('p', {},
      texts.get(`run.uses_${run.uses}`), ' ', run.uses !== 'none' && run.mask && element('code', {}, run.mask)),
    element('details', { class: 'more' },
      element('summary', { 'data-part': 'precedence' }, texts.get('run.how_is_this_decided'), icon('down')),
      element('ol', { class: 'order' }, ...order)))
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Status} status
 */
function sessionLine(texts, { session }) {
  if (!session) return ''
  if (session.shared_computer) return texts.get('session.shared')
  return texts.get('session.until', { date: day(texts, session.expires_at) })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget the key leaves the server as well
 * @param {'primary' | 'secondary'} kind
 * @param {string} place tells the two buttons of one name apart
 */
function logOutButton(panel, forget, kind, place) {
  const label = panel.texts.get(forget ? 'leaving.log_out_and_forget_the_key' : 'leaving.log_out')
  return actionButton(label, kind, () => logOut(panel, forget ? 'forget' : 'here'), { 'data-part': `${place}-${forget}` })
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Status} status
 */
function personLines(texts, status) {
  const server = status.server_name
  const { display_name: name, email, role } = status.account ?? {}
  return [
    name ? email : null,
    role === 'owner' ? texts.get('account.owner_of_this_server') : null,
    sessionLine(texts, status),
    server ? texts.get('account.server_is_called', { name: server }) : null
  ].map((line) => line && quiet(line))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
function personPart(panel, status) {
  const { texts } = panel
  const name = status.account?.display_name || status.account?.email || texts.get('account.without_a_name')
  const shared = status.session?.shared_computer ?? false
  return element('div', { class: 'person' },
    element('span', { class: 'avatar', 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?'),
    element('div', { class: 'person-text' },
      element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' }, name),
      ...personLines(texts, status)),
    // On a shared computer the default way out takes the key along.
    logOutButton(panel, shared, shared ? 'primary' : 'secondary', 'log-out'))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget
 */
function wayOut(panel, forget) {
  const name = forget ? 'log_out_and_forget_the_key' : 'log_out'
  return element('li', { class: 'way-out' },
    quiet(panel.texts.get(`leaving.${name}_explanation`)),
    logOutButton(panel, forget, 'secondary', 'leave'))
}

/**
 * The ways out, each with what it does to the stored key; forgetting it stands first on a shared
 * computer.
 * @param {Passport.DialogPanel} panel
 * @param {boolean} shared
 */
function leavingCard(panel, shared) {
  return card(panel.texts.get('leaving.title'),
    element('ul', { class: 'ways-out' }, wayOut(panel, shared), wayOut(panel, !shared)))
}

/** @param {Passport.DialogPanel} panel */
export function accountTab(panel) {
  const { texts, state } = panel
  /** @param {(status: Passport.Status) => import('../dom.mjs').Child} draw */
  const drawn = (draw) => livePart(() => state.status?.signed_in ? [draw(state.status)] : [])
  const packs = nodePacksPart(panel)
  const parts = [
    drawn((status) => personPart(panel, status)),
    ownerOffer(panel),
    addressNotice(panel),
    comfyNotice(panel),
    keyPart(panel),
    drawn(({ run }) => runCard(texts, run)),
    packs,
    drawn(({ session }) => leavingCard(panel, session?.shared_computer ?? false)),
    endCard(panel)
  ]
  return {
    element: element('div', { class: 'view' }, ...parts.map((part) => part.element)),
    update() {
      for (const part of parts) part.update()
    },
    async revealPacks() {
      await packs.refresh()
      packs.reveal()
    }
  }
}
