/**
 * Proving again that it is you: what is sensitive passes for five minutes after it. One mechanism
 * for all: what was begun waits under the question, and goes on once it is answered.
 */
import { actionButton, linkButton, quiet, sentenceOf } from '../controls/buttons.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { form } from '../controls/form.mjs'
import { identityName, isProvider } from '../controls/identity_name.mjs'
import { keyField } from '../controls/key_field.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { ask } from '../controls/layer.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element, fill } from '../dom.mjs'
import { providerPart } from '../providers/provider_part.mjs'
import { whyNoPasswordHere } from './why_no_password.mjs'

const REQUIRED = 'reauthentication_required'
const PASSWORD = 'password'
const COMFY = 'comfy'

/**
 * @typedef {import('../controls/layer.mjs').Give<true>} Give
 * @typedef {(panel: Passport.DialogPanel, give: Give, cancel: Node, kind: string) => HTMLElement | undefined} MakeForm
 */

/**
 * @param {Passport.DialogPanel} panel
 * @param {Give} give
 * @param {Node} cancel
 */
function passwordForm(panel, give, cancel) {
  const { texts, calls } = panel
  const password = passwordField(texts, { label: texts.get('password.your_password') })
  return form(panel, {
    fields: [password],
    content: [password.element],
    label: texts.get('proof.continue'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: {
      password_wrong: password, too_many_tries: password, insecure_connection: password, host_not_listed: password
    },
    async send() {
      await calls.reauthenticate({ password: password.value })
      password.clear()
      give(true)
    }
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Give} give
 * @param {Node} cancel
 */
function apiKeyForm(panel, give, cancel) {
  const { texts, calls, state } = panel
  const key = keyField(texts)
  const needed = state.status?.methods.some((method) => method.needs_confirmation) ?? false
  const insecure = insecureConfirmation(texts, needed)
  return form(panel, {
    fields: [{ ...key, isFilled: () => key.take() !== null }],
    content: [key.element, insecure.element],
    label: texts.get('proof.continue'),
    busy: texts.get('log_in.checking_the_key'),
    beside: cancel,
    fieldOf: { too_many_tries: key, api_key_malformed: key },
    async send() {
      if (insecure.missing()) return key.complain(texts.get('insecure.confirm_first'))
      await calls.reauthenticate({ api_key: key.input.value, ...insecure.fields() })
      key.clear()
      give(true)
    },
    refused({ code }) {
      if (code === 'insecure_connection') insecure.ask()
      else if (code === 'email_or_password_wrong') key.refuse(texts.get('proof.another_key'))
      else return false
      return true
    }
  })
}

/**
 * Another service says who one is; the method says how to get there from here.
 * @type {MakeForm}
 */
function providerForm(panel, give, cancel, kind) {
  const method = methodOf(panel, kind)
  return method && providerPart(panel, method, {
    purpose: 'reauthenticate',
    label: panel.texts.get('proof.with', { name: identityName(panel, kind) }),
    beside: cancel,
    finished: async () => give(true)
  }).element
}

/**
 * Comfy's log-in proves it, too; fetched only for those who have it.
 * @type {MakeForm}
 */
function comfyForm(panel, give, cancel) {
  const place = element('div', { class: 'part' }, cancel)
  import('../comfy_account/proof_part.mjs')
    .then(({ proofPart }) => fill(place, ...proofPart(panel, () => give(true), cancel)))
    .catch((error) => panel.complain(sentenceOf(panel.texts, error)))
  return place
}

/**
 * In the order in which they are offered. Providers stand in none: they come as the server names them.
 * @type {Record<string, MakeForm>}
 */
const FORM_OF = { [PASSWORD]: passwordForm, 'comfy-api-key': apiKeyForm, [COMFY]: comfyForm }

/** @param {string} kind */
const formOf = (kind) => FORM_OF[kind] ?? (isProvider(kind) ? providerForm : undefined)

/** @param {Passport.DialogPanel} panel @param {string} kind */
function methodOf({ state }, kind) {
  return state.status?.methods.find(({ id, enabled }) => id === kind && enabled)
}

/**
 * Those of the person's ways that they may use from here.
 * @param {Passport.DialogPanel} panel
 * @param {string[]} kinds
 */
function usable(panel, kinds) {
  const known = [...Object.keys(FORM_OF).filter((kind) => kinds.includes(kind)), ...kinds.filter(isProvider)]
  return known.filter((kind) => {
    if (kind === PASSWORD) return !whyNoPasswordHere(panel)
    return isProvider(kind) || kind === COMFY ? methodOf(panel, kind) : true
  })
}

/**
 * The form of the first way that works here, and the others to choose from.
 * @param {Passport.DialogPanel} panel
 * @param {string[]} kinds
 * @param {Give} give
 */
function proofForm(panel, kinds, give) {
  const { texts } = panel
  const cancel = () => actionButton(texts.get('general.cancel'), 'quiet', () => give(), { 'data-part': 'cancel' })
  const ways = usable(panel, kinds)
  const place = element('div', { class: 'part' })
  /** @param {string} kind */
  const show = (kind) => {
    const others = ways.filter((other) => other !== kind)
    fill(place, formOf(kind)?.(panel, give, cancel(), kind), others.length > 0 && element('div', { class: 'form-links' },
      ...others.map((other) => linkButton(texts.get('proof.instead', { name: identityName(panel, other) }), () => {
        show(other)
        focusFirstField(place)
      }, `proof-${other}`))))
  }
  if (ways.length) show(ways[0])
  else fill(place, kinds.includes(PASSWORD) ? whyNoPasswordHere(panel) : quiet(texts.get('proof.not_from_here')),
    element('div', { class: 'buttons' }, cancel()))
  return place
}

/**
 * Does `work`; where the server wants a proof first, asks for it and does the work then.
 * @template Result
 * @param {Passport.DialogPanel} panel
 * @param {string} why the text's key: what it is for
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result | null>} null when the person has thought better of it
 */
export async function proven(panel, why, work) {
  const { texts } = panel
  try {
    return await work()
  } catch (cause) {
    const { code, details } = /** @type {Passport.Error} */ (cause)
    if (code !== REQUIRED) throw cause
    const methods = /** @type {string[]} */ (details.methods ?? [PASSWORD])
    const isProved = await ask(panel, texts.get('proof.is_it_you'), (/** @type {Give} */ give) => [
      quiet(`${texts.get(why)} ${texts.get('proof.good_for')}`), proofForm(panel, methods, give)
    ])
    return isProved ? work() : null
  }
}
