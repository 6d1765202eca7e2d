/** One API key: what it is, when it was used, and how to renew or delete it. */
import { proven } from '../account/proof.mjs'
import { actionButton, badge, notice } from '../controls/buttons.mjs'
import { oneOf } from '../controls/choice_group.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { form } from '../controls/form.mjs'
import { icon } from '../controls/icons.mjs'
import { ago, day, dayAndTime } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

const DAY_MS = 86_400_000
const UNUSED_DAYS = 90
const EXPIRES_SOON_DAYS = 14
/** For how long the old key stays good beside the new one, in seconds. */
const OVERLAPS = { none: 0, hour: 3_600, day: 86_400, week: 604_800 }

/** @param {string | null} instant */
const isPast = (instant) => instant !== null && Date.parse(instant) <= Date.now()

/** @param {Passport.ApiKey} key */
function isUnused({ last_used_at: used, created_at: made }) {
  return Date.now() - Date.parse(used ?? made) > UNUSED_DAYS * DAY_MS
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.ApiKey} key
 */
function expiryLine(texts, { expires_at: end }) {
  if (!end) return texts.get('api_keys.never_expires')
  const date = day(texts, end)
  if (isPast(end)) return texts.get('api_keys.expired_on', { date })
  const isSoon = Date.parse(end) - Date.now() < EXPIRES_SOON_DAYS * DAY_MS
  return texts.get('api_keys.expires', { when: isSoon ? ago(texts, end) : date })
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.ApiKey} key
 */
function lines(texts, key) {
  const { shown, scopes, created_at: made, last_used_at: used, last_used_address: from, previous_until: until } = key
  const where = used && from ? texts.get('api_keys.from', { address: from }) : ''
  return [
    [element('code', {}, shown), ` · ${scopes.map((scope) => texts.get(`api_keys.scope_${scope}`)).join(', ')}`],
    [`${texts.get('api_keys.made_on', { date: day(texts, made) })} ${expiryLine(texts, key)}`],
    [`${texts.get('api_keys.last_used', { when: ago(texts, used) })} ${where}`],
    until && !isPast(until) ? [texts.get('api_keys.old_key_until', { time: dayAndTime(texts, until) })] : []
  ].filter((line) => line.length).map((line) => element('p', { class: 'muted' }, ...line))
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.ApiKey} key
 */
function badges(texts, key) {
  if (isPast(key.expires_at)) return [badge('error', texts.get('api_keys.expired'), icon('error'))]
  return isUnused(key) ? [badge('warning', texts.get('api_keys.unused', { count: UNUSED_DAYS }), icon('clock'))] : []
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ApiKey} key
 * @param {(key: Passport.MadeApiKey) => void} showKey
 * @param {() => void} back
 */
function rotation(panel, { id, name }, showKey, back) {
  const { texts, calls } = panel
  const overlap = oneOf(texts.get('api_keys.overlap'), 'overlap',
    Object.keys(OVERLAPS).map((value) => ({ value, label: texts.get(`api_keys.overlap_${value}`) })))
  return notice('info', texts.get('api_keys.rotate_title', { name }), texts.get('api_keys.rotate_explanation'),
    form(panel, {
      fields: [],
      content: [overlap.element],
      label: texts.get('api_keys.rotate_the_key'),
      busy: texts.get('general.one_moment'),
      beside: actionButton(texts.get('general.cancel'), 'quiet', back, { 'data-part': 'keep' }),
      async send() {
        const seconds = OVERLAPS[/** @type {keyof typeof OVERLAPS} */ (overlap.value())]
        const answer = await proven(panel, 'proof.to_make_a_key', () => calls.rotateApiKey(id, seconds))
        if (answer) showKey(answer.api_key)
      }
    }))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ApiKey} key
 * @param {{ showKey: (key: Passport.MadeApiKey) => void, remove: () => Promise<void>,
 *   select: ((key: Passport.ApiKey, isSelected: boolean) => void) | null }} doing
 */
export function keyRow(panel, key, { showKey, remove, select }) {
  const { texts } = panel
  const { id, name } = key
  const place = element('div', { class: 'part' })
  /** @param {string} action @param {() => void} work */
  const button = (action, work) => actionButton(texts.get(`api_keys.${action}`), 'secondary', work, {
    'data-part': `${action}-${id}`, 'aria-label': texts.get('people.action_name', { action: texts.get(`api_keys.${action}`), name })
  })
  const draw = () => fill(place, element('div', { class: 'buttons' }, button('rotate', rotate), button('delete', askToDelete)))
  /** @param {Node} part @param {string} from */
  const show = (part, from) => {
    fill(place, part)
    focusPart(place, from)
  }
  /** @param {string} action */
  const back = (action) => () => {
    draw()
    focusPart(place, `${action}-${id}`)
  }
  const rotate = () => show(rotation(panel, key, showKey, back('rotate')), 'overlap-none')
  const askToDelete = () => show(confirmation({
    title: texts.get('api_keys.delete_title', { name }), explanation: texts.get('api_keys.delete_one_explanation'),
    confirm: texts.get('api_keys.delete_the_key'), keep: texts.get('general.cancel')
  }, remove, back('delete')), 'keep')

  draw()
  const box = select && element('input', {
    type: 'checkbox', class: 'select', 'data-part': `select-${id}`, 'aria-label': texts.get('api_keys.select_name', { name }),
    onchange: ({ target }) => select(key, /** @type {HTMLInputElement} */ (target).checked)
  })
  return element('li', { class: 'row key-row', tabindex: -1, 'data-part': `manage-${id}` },
    element('div', { class: 'key-head' }, box,
      element('div', { class: 'row-text' },
        element('p', { class: 'row-name marked' }, name, ...badges(texts, key)),
        ...lines(texts, key))),
    place)
}
