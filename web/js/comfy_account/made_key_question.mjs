/** Before logging out: what becomes of the key that was made at Comfy for this server. */
import { actionButton, notice, outsideLink, quiet, sentenceOf } from '../controls/buttons.mjs'
import { choice } from '../controls/choice.mjs'
import { ask } from '../controls/layer.mjs'
import { element } from '../dom.mjs'
import { comfyPanel } from './comfy_panel.mjs'

/**
 * @typedef {import('../controls/layer.mjs').Give<boolean>} Give
 * @typedef {NonNullable<Passport.ComfyAccount['made_key']>} MadeKey
 */

/**
 * @param {Passport.ComfyPanel} panel
 * @param {MadeKey} key
 * @param {boolean} forget
 * @returns {Promise<boolean | undefined>} whether to delete it; undefined: stay logged in
 */
function askWhether(panel, { name }, forget) {
  const { texts } = panel
  const { box, element: line } = choice('delete-at-comfy', texts.get('comfy.delete_the_key_too', { name }),
    texts.get('comfy.delete_the_key_explanation'))
  // Who has the key forgotten here has no more use for it.
  box.checked = box.defaultChecked = forget
  return ask(panel, texts.get('comfy.log_out_title'), (/** @type {Give} */ give) => [
    quiet(texts.get(forget ? 'leaving.log_out_and_forget_the_key_explanation' : 'leaving.log_out_explanation')),
    line,
    element('div', { class: 'buttons' },
      actionButton(texts.get('leaving.log_out'), 'primary', () => give(box.checked), { 'data-part': 'log-out-now', autofocus: true }),
      actionButton(texts.get('general.cancel'), 'quiet', () => give(), { 'data-part': 'stay' }))
  ])
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {MadeKey} key
 * @param {string} link
 * @param {unknown} error
 * @returns {Promise<boolean | undefined>} whether to log out all the same
 */
function tellNotDeleted({ texts, ...panel }, { name }, link, error) {
  return ask({ ...panel, texts }, texts.get('comfy.key_not_deleted', { name }), (/** @type {Give} */ give) => [
    notice('error', '', sentenceOf(texts, error),
      element('p', {}, texts.get('comfy.delete_it_there'), ' ', outsideLink(texts, link, texts.get('comfy.keys_at_comfy')))),
    element('div', { class: 'buttons' },
      actionButton(texts.get('comfy.stay_logged_in'), 'primary', () => give(), { 'data-part': 'stay', autofocus: true }),
      actionButton(texts.get('comfy.log_out_anyway'), 'secondary', () => give(true), { 'data-part': 'log-out-now' }))
  ])
}

/**
 * @param {Passport.DialogPanel} plain
 * @param {boolean} forget
 * @returns {Promise<boolean | null>} whether to forget the stored key with logging out; null: stay
 */
export async function askAboutMadeKey(plain, forget) {
  const panel = comfyPanel(plain)
  const account = await panel.comfy.comfyAccount().catch(() => null)
  const key = account?.made_key
  if (!account || !key) return forget
  const deletes = await askWhether(panel, key, forget)
  if (deletes === undefined) return null
  if (!deletes) return forget
  try {
    await panel.comfy.deleteKey(key.id)
    // A key that Comfy does not know any more is of no use here either.
    return true
  } catch (error) {
    if (/** @type {Passport.Error} */ (error).code === 'comfy_key_missing') return true
    return await tellNotDeleted(panel, key, account.links.keys, error) ? forget : null
  }
}
