/** A new key, this once: to copy, with a line that tries it. Leaving before it is saved asks. */
import { actionButton, cardWith, notice } from '../controls/buttons.mjs'
import { sure } from '../controls/layer.mjs'
import { secretBox } from '../controls/secret_box.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { element } from '../dom.mjs'

/**
 * A line for the terminal that works as it is: runs a workflow where the key may, else asks who it is.
 * Double quotes, because the shells of Windows know no others.
 * @param {Passport.MadeApiKey} key
 */
function commandFor({ key, scopes }) {
  const address = (/** @type {string} */ path) => new URL(path, new URL('.', location.href)).href
  const header = `curl -H "X-API-Key: ${key}"`
  return scopes.includes('run')
    ? `${header} -H "Content-Type: application/json" -d @prompt.json ${address('prompt')}`
    : `${header} ${address('passport/status')}`
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.MadeApiKey} key
 * @param {() => void} saved
 * @param {() => void} left nothing of the key may stay behind
 */
export function shownKey(panel, key, saved, left) {
  const { texts, hold } = panel
  const until = key.previous_until
  const isRun = key.scopes.includes('run')
  const made = cardWith(texts.get('api_keys.your_key', { name: key.name }), null,
    notice('warning', texts.get('api_keys.only_now'), texts.get('api_keys.keep_it_safe')),
    secretBox(panel, texts.get('api_keys.key'), key.key),
    until && Date.parse(until) > Date.now()
      ? element('p', {}, texts.get('api_keys.old_key_until', { time: dayAndTime(texts, until) })) : null,
    secretBox(panel, texts.get(isRun ? 'api_keys.run_with_it' : 'api_keys.try_it'), commandFor(key)),
    isRun && element('p', { class: 'muted' }, texts.get('api_keys.prompt_file')),
    element('div', { class: 'buttons' }, actionButton(texts.get('api_keys.i_have_saved_it'), 'primary', () => {
      hold.release()
      saved()
    }, { 'data-part': 'saved' })))
  hold.take(made, async () => {
    const leaves = await sure(panel, {
      title: texts.get('api_keys.leave_title'), explanation: texts.get('api_keys.leave_explanation'),
      confirm: texts.get('api_keys.leave'), keep: texts.get('api_keys.back_to_the_key')
    })
    if (leaves) left()
    return leaves
  })
  return made
}
