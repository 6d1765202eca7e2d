/** A new API key: its name, until when it is good, what it may do. */
import { choice } from '../controls/choice.mjs'
import { choiceGroup, oneOf } from '../controls/choice_group.mjs'
import { form } from '../controls/form.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { proven } from '../account/proof.mjs'

const DAY_MS = 86_400_000
const LONGEST_NAME = 64
const DAYS = ['30', '90', '365']
const [ON_A_DATE, NEVER] = ['date', 'never']
/** What most programs need: post prompts, and read what came of them. */
const AT_FIRST = ['run', 'read']
const SCOPES = /** @type {Passport.Scope[]} */ (['run', 'read', 'manage'])

/** @param {Passport.Texts} texts */
function expiryFields(texts) {
  const when = oneOf(texts.get('api_keys.expiry'), 'expiry', [
    ...DAYS.map((days) => ({ value: days, label: texts.get('api_keys.days', { count: days }) })),
    { value: ON_A_DATE, label: texts.get('api_keys.on_a_date') },
    { value: NEVER, label: texts.get('api_keys.never') }
  ])
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)
  const date = textField({
    name: 'date', type: 'date', label: texts.get('api_keys.last_day'), missing: texts.get('api_keys.enter_a_date'),
    attributes: { min: tomorrow }
  })
  const isDate = () => when.value() === ON_A_DATE
  date.element.hidden = true
  when.watch(() => {
    date.element.hidden = !isDate()
  })
  return {
    when,
    date: { ...date, isFilled: () => !isDate() || date.isFilled() },
    /** The end of the key as the call has it. */
    fields() {
      if (when.value() === NEVER) return {}
      // The chosen day is the last one on which it works, where the person is.
      const end = isDate() ? new Date(`${date.value}T23:59:59`) : new Date(Date.now() + Number(when.value()) * DAY_MS)
      return { expires_at: `${end.toISOString().slice(0, 19)}Z` }
    }
  }
}

/** @param {Passport.Texts} texts */
function scopesField(texts) {
  const choices = SCOPES.map((scope) => {
    const { box, element: line } = choice(`scope-${scope}`,
      texts.get(`api_keys.scope_${scope}`), texts.get(`api_keys.scope_${scope}_explanation`))
    box.defaultChecked = AT_FIRST.includes(scope)
    return { scope, box, line }
  })
  const lines = element('div', { class: 'choices' }, ...choices.map(({ line }) => line))
  return {
    ...choiceGroup(texts.get('api_keys.scopes'), lines, texts.get('api_keys.choose_a_scope')),
    value: () => choices.filter(({ box }) => box.checked).map(({ scope }) => scope)
  }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {(key: Passport.MadeApiKey) => void} made
 * @param {Node} cancel
 */
export function newKeyForm(panel, made, cancel) {
  const { texts, calls } = panel
  const name = textField({
    name: 'key-name', label: texts.get('api_keys.name'), hint: texts.get('api_keys.name_hint'),
    missing: texts.get('api_keys.enter_a_name'), attributes: { maxlength: LONGEST_NAME }
  })
  const expiry = expiryFields(texts)
  const scopes = scopesField(texts)
  return form(panel, {
    fields: [name, expiry.date, scopes],
    content: [name.element, expiry.when.element, expiry.date.element, scopes.element],
    label: texts.get('api_keys.generate'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: {
      api_key_name_taken: name, api_key_name_invalid: name, api_key_expiry_invalid: expiry.date, scope_unknown: scopes
    },
    async send() {
      const answer = await proven(panel, 'proof.to_make_a_key', () =>
        calls.makeApiKey({ name: name.value.trim(), scopes: scopes.value(), ...expiry.fields() }))
      if (answer) made(answer.api_key)
    }
  })
}
