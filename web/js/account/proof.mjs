/**
 * Proving again that it is you: what is sensitive passes for five minutes after it. One mechanism
 * for all: what was begun waits under the question, and goes on once it is answered.
 */
import { actionButton, quiet } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { keyField } from '../controls/key_field.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { ask } from '../controls/layer.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { element } from '../dom.mjs'
import { whyNoPasswordHere } from './password_card.mjs'

const REQUIRED = 'reauthentication_required'
const PASSWORD = 'password'

/**
 * @typedef {import('../controls/layer.mjs').Give<true>} Give
 *
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
 * The form for what the person has and may send from here.
 * @param {Passport.DialogPanel} panel
 * @param {string[]} methods
 * @param {Give} give
 */
function proofForm(panel, methods, give) {
  const cancel = actionButton(panel.texts.get('general.cancel'), 'quiet', () => give(), { 'data-part': 'cancel' })
  const obstacle = whyNoPasswordHere(panel)
  if (methods.includes(PASSWORD) && !obstacle) return [passwordForm(panel, give, cancel)]
  if (methods.length === 1 && obstacle) return [obstacle, element('div', { class: 'buttons' }, cancel)]
  return [apiKeyForm(panel, give, cancel)]
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
      quiet(`${texts.get(why)} ${texts.get('proof.good_for')}`), ...proofForm(panel, methods, give)
    ])
    return isProved ? work() : null
  }
}
