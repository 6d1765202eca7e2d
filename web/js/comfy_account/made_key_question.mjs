/** Before logging out: what becomes of the key that was made at Comfy for this server. */
import { actionButton, notice, outsideLink, quiet, sentenceOf } from '../controls/buttons.mjs'
import { choice } from '../controls/choice.mjs'
import { ask } from '../controls/layer.mjs'
import { element } from '../dom.mjs'
import { comfyPanel } from './comfy_panel.mjs'

/**
 * @typedef {import('../controls/layer.mjs').Give<boolean>} Give
 * @typedef {NonNullable<Passport.ComfyAccount['made_key']>} MadeKey
 * @typedef {{ title: string, explanation: string, confirm: string }} Wording
 */

/**
 * @param {Passport.ComfyPanel} panel
 * @param {MadeKey} key
 * @param {Wording} wording
 * @param {boolean} isForgotten here: then the key has no more use
 * @returns {Promise<boolean | undefined>} whether to delete it; undefined: stay logged in
 */
function askWhether(panel, { name }, { title, explanation, confirm }, isForgotten) {
  const { texts } = panel
  const { box, element: line } = choice('delete-at-comfy', texts.get('comfy.delete_the_key_too', { name }),
    texts.get('comfy.delete_the_key_explanation'))
  box.checked = box.defaultChecked = isForgotten
  return ask(panel, title, (/** @type {Give} */ give) => [
    quiet(explanation),
    line,
    element('div', { class: 'buttons' },
      actionButton(confirm, 'primary', () => give(box.checked), { 'data-part': 'log-out-now', autofocus: true }),
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
 * @returns {Promise<((wording: Wording, isForgotten: boolean) => Promise<'kept' | 'deleted' | null>) | null>}
 *   asks, and does what is wanted; it gives null to stay logged in. Null where no key was made
 */
export async function madeKeyQuestion(plain) {
  const panel = comfyPanel(plain)
  const { made_key: key, links } = await panel.comfy.comfyAccount()
  if (!key) return null
  return async (wording, isForgotten) => {
    const deletes = await askWhether(panel, key, wording, isForgotten)
    if (!deletes) return deletes === undefined ? null : 'kept'
    try {
      await panel.comfy.deleteKey(key.id)
    } catch (error) {
      const isGone = /** @type {Passport.Error} */ (error).code === 'comfy_key_missing'
      if (!isGone) return await tellNotDeleted(panel, key, links.keys, error) ? 'kept' : null
    }
    return 'deleted'
  }
}
