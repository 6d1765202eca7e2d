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
    element('p', {},
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
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget the key leaves the server as well
 * @param {'primary' | 'secondary'} kind
 * @param {string} place tells the two buttons of one name apart
 */
function logOutButton(panel, forget, kind, place) {
  const { texts, calls } = panel
  const label = texts.get(forget ? 'leaving.log_out_and_forget_the_key' : 'leaving.log_out')
  return actionButton(label, kind, () => change(panel, async () => {
    await calls.logOut(forget)
    return texts.get(forget ? 'spoken.logged_out_and_forgotten' : 'spoken.logged_out')
  }), { 'data-part': `${place}-${forget}` })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
export function signedInView(panel, status) {
  const name = nameOf(status)
  const email = status.account?.email ?? ''
  const shared = status.session?.shared_computer ?? false
  return [
    element('div', { class: 'person' },
      element('span', { class: 'avatar', 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?'),
      element('div', { class: 'person-text' },
        element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' }, name),
        email !== name && element('p', { class: 'muted' }, email),
        element('p', { class: 'muted' }, sessionLine(panel, status))),
      // On a shared computer the default way out takes the key along.
      logOutButton(panel, shared, shared ? 'primary' : 'secondary', 'log-out')),
    keyCard(panel, status),
    runCard(panel, status)
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} forget
 */
function wayOut(panel, forget) {
  const name = forget ? 'log_out_and_forget_the_key' : 'log_out'
  return element('li', { class: 'way-out' },
    element('p', { class: 'muted' }, panel.texts.get(`leaving.${name}_explanation`)),
    logOutButton(panel, forget, 'secondary', 'leave'))
}

/**
 * The ways out, each with what it does to the stored key.
 * @param {Passport.DialogPanel} panel
 */
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
