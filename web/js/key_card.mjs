/** The stored key: mask, state, when checked, when used; check again, replace, remove. */
import { needsAttention } from './account_state.mjs'
import { actionButton, change, notice } from './controls.mjs'
import { element, icon } from './dom.mjs'
import { keyForm } from './key_form.mjs'
import { ago } from './texts.mjs'

const LOOK = /** @type {const} */ ({
  accepted: ['good', 'check'],
  not_checked: ['info', 'clock'],
  refused: ['error', 'error'],
  not_permitted: ['warning', 'warning'],
  unreadable: ['error', 'error']
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
 */
function facts({ texts }, { mask, holder, source, checked_at, last_used_at }) {
  const owner = holder?.name || holder?.email
  /** @type {[string, Node | string][]} */
  const rows = [
    ['key.key', element('code', {}, mask)],
    ...(owner ? [/** @type {[string, string]} */ (['key.belongs_to', owner])] : []),
    ['key.source', texts.get(`key.source_${source}`)],
    ['key.last_checked', ago(texts, checked_at)],
    ['key.last_used', ago(texts, last_used_at)]
  ]
  return element('dl', { class: 'facts' }, ...rows.map(([term, value]) =>
    element('div', { class: 'fact' }, element('dt', {}, texts.get(term)), element('dd', {}, value))))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Node} [beside]
 */
function newKeyForm(panel, beside) {
  const wording = { label: 'key.save_the_key', spoken: 'replaced', beside }
  return keyForm(panel, wording, (secret, more) => panel.calls.replaceKey({ secret, ...more }))
}

/** @param {Passport.DialogPanel} panel */
function removal(panel) {
  const { texts, calls, act } = panel
  return notice('warning', texts.get('key.remove_title'), texts.get('key.remove_explanation'),
    element('div', { class: 'buttons' },
      actionButton(texts.get('key.remove_the_key'), 'danger', () => change(panel, async () => {
        await calls.removeKey()
        panel.keyAction = 'none'
        return texts.get('spoken.key_removed')
      })),
      actionButton(texts.get('key.keep_it'), 'secondary', () => act('none', 'remove'),
        { 'data-part': 'keep' })))
}

/** @param {Passport.DialogPanel} panel */
function actions(panel) {
  const { texts, calls, state, act } = panel
  const kind = needsAttention(state.situation) ? 'primary' : 'secondary'
  return element('div', { class: 'buttons' },
    actionButton(texts.get('key.check_again'), 'secondary', () => change(panel, async () => {
      const { credential } = await calls.checkKey()
      return texts.get('spoken.checked', { state: texts.get(`key.${credential.state}`) })
    }), { 'data-part': 'check' }),
    actionButton(texts.get('key.replace'), kind, () => act('replace', 'key'), { 'data-part': 'replace' }),
    actionButton(texts.get('key.remove'), 'quiet', () => act('remove', 'keep'), { 'data-part': 'remove' }))
}

/** @param {Passport.DialogPanel} panel */
function currentAction(panel) {
  if (panel.keyAction === 'remove') return removal(panel)
  if (panel.keyAction === 'none') return actions(panel)
  return newKeyForm(panel, actionButton(panel.texts.get('general.cancel'), 'quiet',
    () => panel.act('none', 'replace')))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
export function keyCard(panel, { credential }) {
  const { texts } = panel
  const own = credential?.source === 'account' ? credential : null
  const [kind, sign] = LOOK[own?.state ?? 'accepted']
  return element('section', { class: 'card', 'aria-labelledby': 'key-title' },
    element('div', { class: 'card-head' },
      element('h3', { id: 'key-title' }, texts.get('key.title')),
      own && element('span', { class: `badge ${kind}` }, icon(sign), texts.get(`key.${own.state}`))),
    ...(own
      ? [stateNotice(panel, own), facts(panel, own), currentAction(panel)]
      : [element('p', { class: 'muted' }, texts.get('key.no_key')), newKeyForm(panel)]))
}
