/** The stored key: mask, state, when checked, when used; check again, replace, remove. */
import { needsAttention } from '../account_state.mjs'
import { actionButton, badge, cardWith, change, notice, quiet } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { icon } from '../controls/icons.mjs'
import { keyForm } from '../controls/key_form.mjs'
import { livePart } from '../controls/live_part.mjs'
import { ago } from '../controls/times.mjs'
import { element } from '../dom.mjs'
import { maskedKey } from './masked_key.mjs'
import { proven } from './proof.mjs'

/**
 * What somebody is about to do with the stored key, and how to start or leave it: with the focus
 * on that `data-part`.
 * @typedef {'none' | 'replace' | 'remove'} KeyAction
 * @typedef {(action: KeyAction, part?: string) => void} Act
 */

const LOOK = /** @type {const} */ ({
  accepted: ['good', 'check'],
  not_checked: ['info', 'clock'],
  refused: ['error', 'error'],
  not_permitted: ['warning', 'warning'],
  unreadable: ['error', 'error'],
  expired: ['error', 'clock']
})

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Credential} credential
 */
function stateNotice({ texts }, { state, cause }) {
  const [kind] = LOOK[state]
  if (kind === 'good') return null
  const why = (cause && texts.find(`causes.${cause}`)) ?? ''
  return notice(kind, texts.get(`key.${state}_title`),
    `${why} ${texts.get(`key.${state}_what_to_do`)}`.trim())
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Credential} credential
 * @param {Node} key
 */
function facts({ texts }, { holder, source, checked_at, last_used_at }, key) {
  const owner = holder?.name || holder?.email
  /** @type {[string, Node | string][]} */
  const rows = [
    ['key.key', key],
    ...(owner ? [/** @type {[string, string]} */ (['key.belongs_to', owner])] : []),
    ['key.source', texts.get(`key.source_${source}`)],
    ['key.last_checked', ago(texts, checked_at)],
    ['key.last_used', ago(texts, last_used_at)]
  ]
  return element('dl', { class: 'facts' }, ...rows.map(([term, value]) =>
    element('div', { class: 'fact' }, element('dt', {}, texts.get(term)), element('dd', {}, value))))
}

/**
 * A key that logs in to another account here: the two can become one. The key stays in the field.
 * @param {Passport.DialogPanel} panel
 */
function linkOffer({ texts }) {
  const box = element('input', { type: 'checkbox', id: 'link-accounts', 'data-part': 'link-accounts' })
  const offer = notice('warning', texts.get('link.this_key_has_an_account'), texts.get('link.explanation'),
    element('label', { class: 'choice', for: 'link-accounts' },
      box, element('span', {}, texts.get('link.link_the_two_accounts'))))
  offer.hidden = true
  return { box, offer }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Act} act
 * @param {Node} [beside]
 */
function newKeyForm(panel, act, beside) {
  const { box, offer } = linkOffer(panel)
  return keyForm(panel, {
    label: 'key.save_the_key',
    spoken: 'replaced',
    more: offer,
    beside,
    send: (secret, more) => proven(panel, 'proof.to_link', () =>
      panel.calls.replaceKey({ secret, ...more, ...(box.checked && { link_accounts: true }) })),
    saved: () => act('none', 'replace'),
    refused({ code }, sentence) {
      if (code !== 'identity_taken') return false
      offer.hidden = false
      panel.announce(sentence)
      box.focus()
      return true
    }
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Act} act
 */
function removal(panel, act) {
  const { texts, calls } = panel
  const wording = {
    title: texts.get('key.remove_title'), explanation: texts.get('key.remove_explanation'),
    confirm: texts.get('key.remove_the_key'), keep: texts.get('key.keep_it')
  }
  return confirmation(wording, () => change(panel, async () => {
    await calls.removeKey()
    act('none')
    return texts.get('spoken.key_removed')
  }), () => act('none', 'remove'))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Act} act
 */
function actions(panel, act) {
  const { texts, calls, state } = panel
  const kind = needsAttention(state.situation) ? 'primary' : 'secondary'
  return element('div', { class: 'buttons' },
    actionButton(texts.get('key.check_again'), 'secondary', () => change(panel, async () => {
      const { credential } = await calls.checkKey()
      return texts.get('spoken.checked', { state: texts.get(`key.${credential.state}`) })
    }), { 'data-part': 'check' }),
    actionButton(texts.get('key.replace'), kind, () => act('replace', 'key'), { 'data-part': 'replace' }),
    actionButton(texts.get('key.remove'), 'quiet', () => act('remove', 'keep'), { 'data-part': 'remove' }))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {KeyAction} action
 * @param {Act} act
 */
function currentAction(panel, action, act) {
  if (action === 'remove') return removal(panel, act)
  if (action === 'none') return actions(panel, act)
  return newKeyForm(panel, act,
    actionButton(panel.texts.get('general.cancel'), 'quiet', () => act('none', 'replace')))
}

/** @param {Passport.DialogPanel} panel */
export function keyPart(panel) {
  const { texts, state } = panel
  const masked = maskedKey(panel)
  /** @type {KeyAction} */
  let action = 'none'
  /** @type {Act} */
  const act = (next, part) => {
    action = next
    if (part) live.draw(part)
  }
  const live = livePart(() => {
    const credential = state.status?.credential
    const own = credential?.source === 'account' ? credential : null
    if (!own) return [cardWith(texts.get('key.title'), null, quiet(texts.get('key.no_key')), newKeyForm(panel, act))]
    const [kind, sign] = LOOK[own.state]
    return [cardWith(texts.get('key.title'), badge(kind, texts.get(`key.${own.state}`), icon(sign)),
      stateNotice(panel, own), facts(panel, own, masked.of(own.mask)), currentAction(panel, action, act))]
  })
  return live
}
