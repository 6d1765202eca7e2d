/** The stored key: mask, state, when checked, when used; check again, replace, remove. */
import { needsAttention } from './account_state.mjs'
import { actionButton, change, notice } from './controls.mjs'
import { element, fill, icon } from './dom.mjs'
import { keyForm } from './key_form.mjs'
import { ago } from './texts.mjs'

const BADGE = /** @type {const} */ ({
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
function badge({ texts }, { state }) {
  const [kind, name] = BADGE[state]
  return element('span', { class: `badge ${kind}` }, icon(name), texts.get(`key.${state}`))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Credential} credential
 */
function stateNotice({ texts }, { state, cause }) {
  if (state === 'accepted') return null
  const kind = state === 'not_checked' ? 'info' : state === 'not_permitted' ? 'warning' : 'error'
  const why = (cause && texts.find(`causes.${cause}`)) ?? ''
  return notice(kind, texts.get(`key.${state}_title`),
    `${why} ${texts.get(`key.${state}_what_to_do`)}`.trim())
}

/**
 * @param {string} term
 * @param {Node | string} value
 */
function fact(term, value) {
  return element('div', { class: 'fact' }, element('dt', {}, term), element('dd', {}, value))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Credential} credential
 */
function facts({ texts }, { mask, holder, source, checked_at, last_used_at }) {
  return element('dl', { class: 'facts' },
    fact(texts.get('key.key'), element('code', {}, mask)),
    holder && fact(texts.get('key.belongs_to'), holder.name || holder.email || ''),
    fact(texts.get('key.source'), texts.get(`key.source_${source}`)),
    fact(texts.get('key.last_checked'), ago(texts, checked_at)),
    fact(texts.get('key.last_used'), ago(texts, last_used_at)))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} slot
 * @param {() => void} back
 */
function showReplacing(panel, slot, back) {
  const { texts, calls, state } = panel
  const cancel = actionButton(texts.get('general.cancel'), 'quiet', back)
  const form = keyForm(panel, {
    label: texts.get('key.save_the_key'), busyLabel: texts.get('log_in.checking_the_key'), beside: [cancel]
  }, async (secret, acceptInsecure) => {
    const { credential } = await calls.replaceKey({
      secret, ...(acceptInsecure && { accept_insecure: true })
    })
    back()
    await state.refreshEverywhere()
    panel.announce(texts.get(`spoken.replaced_${credential.state}`))
  })
  fill(slot, form)
  form.querySelector('input')?.focus()
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} slot
 * @param {() => void} back
 */
function showRemoving(panel, slot, back) {
  const { texts, calls } = panel
  const keep = actionButton(texts.get('key.keep_it'), 'secondary', back)
  fill(slot, notice('warning', texts.get('key.remove_title'), texts.get('key.remove_explanation'),
    element('div', { class: 'buttons' },
      actionButton(texts.get('key.remove_the_key'), 'danger',
        async () => void await change(panel, calls.removeKey.bind(calls), 'spoken.key_removed')),
      keep)))
  keep.focus()
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} slot
 */
function buttons(panel, slot) {
  const { texts, calls, state } = panel
  /** @param {string} part */
  const back = (part) => () => {
    fill(slot, buttons(panel, slot))
    const again = slot.querySelector(`[data-part="${part}"]`)
    if (again instanceof HTMLElement) again.focus()
  }
  return element('div', { class: 'buttons' },
    actionButton(texts.get('key.check_again'), 'secondary',
      async () => void await change(panel, calls.checkKey.bind(calls), 'spoken.checked'),
      { 'data-part': 'check' }),
    actionButton(texts.get('key.replace'), needsAttention(state.situation) ? 'primary' : 'secondary',
      () => showReplacing(panel, slot, back('replace')), { 'data-part': 'replace' }),
    actionButton(texts.get('key.remove'), 'quiet',
      () => showRemoving(panel, slot, back('remove')), { 'data-part': 'remove' }))
}

/** @param {Passport.DialogPanel} panel */
function noKey(panel) {
  const { texts, calls, state } = panel
  const wording = { label: texts.get('key.save_the_key'), busyLabel: texts.get('log_in.checking_the_key') }
  return [
    element('p', { class: 'muted' }, texts.get('key.no_key')),
    keyForm(panel, wording, async (secret, acceptInsecure) => {
      const { credential } = await calls.replaceKey({
        secret, ...(acceptInsecure && { accept_insecure: true })
      })
      await state.refreshEverywhere()
      panel.announce(texts.get(`spoken.replaced_${credential.state}`))
    })
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Credential} credential
 */
function storedKey(panel, credential) {
  const slot = element('div', { class: 'key-actions' })
  slot.append(buttons(panel, slot))
  return [stateNotice(panel, credential), facts(panel, credential), slot]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 */
export function keyCard(panel, { credential }) {
  const own = credential?.source === 'account' ? credential : null
  return element('section', { class: 'card', 'aria-labelledby': 'key-title' },
    element('div', { class: 'card-head' },
      element('h3', { id: 'key-title' }, panel.texts.get('key.title')),
      own && badge(panel, own)),
    ...(own ? storedKey(panel, own) : noKey(panel)))
}
