/** What somebody sees who is logged in: who they are, their key, what a run uses, the ways out. */
import { actionButton, change } from './controls.mjs'
import { element, icon } from './dom.mjs'
import { keyCard } from './key_card.mjs'
import { day } from './texts.mjs'

/** In the order in which the server looks for a key. */
const ORDER = ['request', 'account', 'machine', 'none']

/**
 * @param {Passport.Panel} panel
 * @param {Passport.Status} status
 */
function runCard({ texts }, { run }) {
  const order = ORDER.map((step) =>
    element('li', step === run.uses ? { 'aria-current': 'true' } : {}, texts.get(`run.order_${step}`)))
  return element('section', { class: 'card', 'aria-labelledby': 'run-title' },
    element('h3', { id: 'run-title' }, texts.get('run.title')),
    element('p', { class: 'run-line' },
      texts.get(`run.uses_${run.uses}`), ' ', run.uses !== 'none' && run.mask && element('code', {}, run.mask)),
    element('details', { class: 'more' },
      element('summary', { 'data-part': 'precedence' }, texts.get('run.how_is_this_decided'), icon('down')),
      element('ol', { class: 'order' }, ...order)))
}

/** @param {Passport.Status} status */
export function nameOf({ account }) {
  return account?.display_name || account?.email || ''
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
function sessionLine({ texts }, { session }) {
  if (!session) return ''
  if (session.shared_computer) return texts.get('session.shared')
  return texts.get('session.until', { date: day(texts, session.expires_at) })
}

/**
 * The default way out: on a shared computer it takes the key along.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
function logOutButton(panel, status) {
  const forget = Boolean(status.session?.shared_computer)
  const label = panel.texts.get(forget ? 'leaving.log_out_and_forget_the_key' : 'leaving.log_out')
  return actionButton(label, forget ? 'primary' : 'secondary',
    async () => void await change(panel, () => panel.calls.logOut(forget), 'spoken.logged_out'),
    { 'data-part': 'log-out' })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
export function signedInView(panel, status) {
  const name = nameOf(status)
  const email = status.account?.email ?? ''
  return [
    element('header', { class: 'person' },
      element('span', { class: 'avatar', 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?'),
      element('div', { class: 'person-text' },
        element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' }, name),
        email !== name && element('p', { class: 'muted' }, email),
        element('p', { class: 'muted' }, sessionLine(panel, status))),
      logOutButton(panel, status)),
    keyCard(panel, status),
    runCard(panel, status)
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget
 */
function wayOut(panel, forget) {
  const { texts, calls } = panel
  const name = forget ? 'log_out_and_forget_the_key' : 'log_out'
  return element('li', { class: 'way-out' },
    element('p', { class: 'muted' }, texts.get(`leaving.${name}_explanation`)),
    actionButton(texts.get(`leaving.${name}`), 'secondary',
      async () => void await change(panel, () => calls.logOut(forget), 'spoken.logged_out'),
      { 'data-part': `leave:${name}` }))
}

/** @param {Passport.DialogPanel} panel */
export function leavingPart(panel) {
  const list = element('ul', { class: 'ways-out' })
  const section = element('section', { class: 'card', 'aria-labelledby': 'leaving-title', hidden: true },
    element('h3', { id: 'leaving-title' }, panel.texts.get('leaving.title')), list)
  return {
    element: section,
    /**
     * @param {boolean} visible
     * @param {boolean} sharedComputer forgetting stands first there
     */
    show(visible, sharedComputer) {
      section.hidden = !visible
      list.replaceChildren(wayOut(panel, sharedComputer), wayOut(panel, !sharedComputer))
    }
  }
}
