/** One person: who they are, and what the owner can do for them or against them. */
import { proven } from '../account/proof.mjs'
import { actionButton, badge, sentenceOf } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { copyRow } from '../controls/copying.mjs'
import { icon } from '../controls/icons.mjs'
import { identityName } from '../controls/identity_name.mjs'
import { ago, day, dayAndTime } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { comfyUserForm } from './comfy_user_form.mjs'

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Person} person
 * @param {boolean} isMe
 */
function badges(texts, { role, state, email, email_verified: isConfirmed }, isMe) {
  return [
    isMe && badge('good', texts.get('people.you')),
    role === 'owner' && badge('info', texts.get('people.owner')),
    state !== 'active' && badge('error', texts.get(`people.${state}`)),
    email && !isConfirmed && badge('plain', texts.get('address.not_confirmed'))
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Person} person
 */
function lines(panel, { display_name: name, email, identities, sessions, ...person }) {
  const { texts } = panel
  return [
    name ? email : null,
    identities.map((kind) => identityName(panel, kind)).join(', '),
    texts.get('people.since_and_last_seen', { since: day(texts, person.created_at), seen: ago(texts, person.last_seen_at) }),
    sessions > 0 ? texts.get('people.sessions', { count: sessions }) : null,
    person.comfy_user ? texts.get('people.comfy_user_is', { name: person.comfy_user }) : null
  ]
}

/**
 * A link that is shown this once; the code alone where the server does not know its own address.
 * @param {Passport.DialogPanel} panel
 * @param {{ link: string | null, code: string }} made
 * @param {string} explanation
 */
export function shownOnce(panel, { link, code }, explanation) {
  const { texts } = panel
  return element('div', { class: 'part', tabindex: -1, 'data-part': 'shown-once' },
    element('p', {}, explanation),
    link && copyRow(panel, texts.get('people.link'), link),
    copyRow(panel, texts.get('reset.code'), code))
}

/** @param {Passport.Person} person */
function canVouch({ email, email_verified: isConfirmed, identities }) {
  return Boolean(email) && !isConfirmed && identities.includes('password')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Person} person
 * @param {{ show: (...parts: Node[]) => void, back: () => void,
 *   changed: (change: Partial<Passport.Person>, sentence: string) => void }} place
 */
function actions({ texts, complain, ...panel }, person, { show, back, changed }) {
  const { calls, state } = panel
  const name = person.display_name || person.email || person.id
  /**
   * @param {string} action the last part of its texts' keys
   * @param {() => Promise<void>} work
   */
  const button = (action, work) => actionButton(texts.get(`people.${action}`), 'secondary', () =>
    work().catch((error) => complain(sentenceOf(texts, error))), {
    'data-part': action, 'aria-label': texts.get('people.action_name', { action: texts.get(`people.${action}`), name })
  })
  const setState = async (/** @type {'active' | 'disabled'} */ next) => {
    await calls.setPersonState(person.id, next)
    changed({ state: next, ...(next === 'disabled' && { sessions: 0 }) }, texts.get(`people.now_${next}`, { name }))
  }
  const resetLink = async () => {
    const reset = await proven({ texts, complain, ...panel }, 'proof.to_let_in', () => calls.makeResetLink(person.id))
    if (!reset) return
    const { token, link, expires_at: until } = reset
    show(shownOnce({ texts, complain, ...panel }, { link, code: token },
      texts.get('people.reset_link_explanation', { name, until: dayAndTime(texts, until) })))
  }
  const askToDisable = async () => show(confirmation({
    title: texts.get('people.disable_title', { name }), explanation: texts.get('people.disable_explanation'),
    confirm: texts.get('people.disable'), keep: texts.get('general.cancel')
  }, () => setState('disabled').catch((error) => complain(sentenceOf(texts, error))), back))

  const mayDisable = person.state === 'active' && person.id !== state.status?.account?.id
  return [
    button('reset_link', resetLink),
    person.sessions > 0 && button('log_out_everywhere', async () => {
      const { ended } = await calls.logPersonOut(person.id)
      changed({ sessions: 0 }, texts.get('sessions.ended_count', { count: ended }))
    }),
    canVouch(person) && button('vouch', async () => {
      await calls.vouchForEmail(person.id)
      changed({ email_verified: true }, texts.get('verify.confirmed', { email: person.email ?? '' }))
    }),
    button('comfy_user', async () => show(comfyUserForm({ texts, complain, ...panel }, person, (folder) =>
      changed({ comfy_user: folder }, texts.get('people.comfy_user_named', { name })), back))),
    person.state === 'disabled' && button('enable', () => setState('active')),
    mayDisable && button('disable', askToDisable)
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Person} person
 */
export function personRow(panel, person) {
  const { texts, state, announce } = panel
  const item = element('li', { class: 'row person-row' })
  const place = element('div', { class: 'part' })
  const isMe = person.id === state.status?.account?.id

  const back = () => {
    fill(place, element('div', { class: 'buttons' }, ...actions(panel, person, { show, back, changed })))
  }
  const show = (/** @type {Node[]} */ ...parts) => {
    fill(place, ...parts)
    if (['keep', 'comfy-user'].some((part) => focusPart(place, part))) return
    focusPart(place, 'shown-once')
  }
  /** @param {Partial<Passport.Person>} change @param {string} sentence */
  const changed = (change, sentence) => {
    person = { ...person, ...change }
    draw(true)
    announce(sentence)
  }
  /** @param {boolean} isOpen */
  const draw = (isOpen) => {
    back()
    const name = person.display_name || person.email || person.id
    fill(item, element('div', { class: 'row-text' },
      element('p', { class: 'row-name marked' }, name, ...badges(texts, person, isMe)),
      ...lines(panel, person).map((line) => line && element('p', { class: 'muted' }, line))),
    element('details', { class: 'more', open: isOpen },
      element('summary', { 'data-focus-first': true, 'aria-label': texts.get('people.manage_name', { name }) },
        texts.get('people.manage'), icon('down')),
      place))
  }
  draw(false)
  return item
}
