/** The API keys of the Comfy account, at Comfy: listed, made and shown once, deleted. */
import { proven } from '../account/proof.mjs'
import { actionButton, badge, cardWith, change, notice, quiet } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { form } from '../controls/form.mjs'
import { sure } from '../controls/layer.mjs'
import { secretBox } from '../controls/secret_box.mjs'
import { textField } from '../controls/text_field.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

const LONGEST_NAME = 64

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Passport.ComfyKey} key
 * @param {() => Promise<void>} refresh
 */
function keyRow(panel, { id, name, prefix, description, created_at: made, made_here: isOurs }, refresh) {
  const { texts, comfy } = panel
  const place = element('div', { class: 'part' })
  const draw = () => fill(place, element('div', { class: 'buttons' },
    actionButton(texts.get('api_keys.delete'), 'secondary', askFirst, {
      'data-part': `delete-${id}`, 'aria-label': texts.get('people.action_name', { action: texts.get('api_keys.delete'), name })
    })))
  const askFirst = () => {
    fill(place, confirmation({
      title: texts.get('api_keys.delete_title', { name }),
      explanation: texts.get(isOurs ? 'comfy_keys.delete_ours' : 'comfy_keys.delete_explanation'),
      confirm: texts.get('api_keys.delete_the_key'), keep: texts.get('general.cancel')
    }, async () => {
      await change(panel, async () => {
        await comfy.deleteKey(id)
        return texts.get('comfy_keys.deleted', { name })
      })
      await refresh()
    }, () => {
      draw()
      focusPart(place, `delete-${id}`)
    }))
    focusPart(place, 'keep')
  }
  draw()
  return element('li', { class: 'row key-row' },
    element('div', { class: 'key-head' },
      element('div', { class: 'row-text' },
        element('p', { class: 'row-name marked' }, name, isOurs && badge('info', texts.get('comfy_keys.made_here'))),
        description && quiet(description),
        element('p', { class: 'muted' }, element('code', {}, `${prefix}…`), ' · ',
          texts.get('api_keys.made_on', { date: day(texts, made) })))),
    place)
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {{ key: Passport.ComfyKey, plaintext_key: string }} made
 * @param {() => void} back
 */
function shownOnce(panel, { key, plaintext_key: secret }, back) {
  const { texts, hold } = panel
  const shown = cardWith(texts.get('api_keys.your_key', { name: key.name }), null,
    notice('warning', texts.get('api_keys.only_now'), texts.get('comfy_keys.keep_it_safe')),
    secretBox(panel, texts.get('api_keys.key'), secret),
    element('div', { class: 'buttons' }, actionButton(texts.get('api_keys.i_have_saved_it'), 'primary', () => {
      hold.release()
      back()
    }, { 'data-part': 'saved' })))
  hold.take(shown, async () => {
    const leaves = await sure(panel, {
      title: texts.get('api_keys.leave_title'), explanation: texts.get('api_keys.leave_explanation'),
      confirm: texts.get('api_keys.leave'), keep: texts.get('api_keys.back_to_the_key')
    })
    if (leaves) back()
    return leaves
  })
  return shown
}

/**
 * @param {Passport.ComfyPanel} panel
 * @param {(made: { key: Passport.ComfyKey, plaintext_key: string }) => void} show
 * @param {() => void} back
 */
function newKeyForm(panel, show, back) {
  const { texts, comfy } = panel
  const name = textField({
    name: 'comfy-key-name', label: texts.get('api_keys.name'), hint: texts.get('comfy_keys.name_hint'),
    missing: texts.get('api_keys.enter_a_name'), attributes: { maxlength: LONGEST_NAME }
  })
  return form(panel, {
    fields: [name],
    content: [name.element],
    label: texts.get('comfy_keys.make'),
    busy: texts.get('comfy.asking_comfy'),
    beside: actionButton(texts.get('general.cancel'), 'quiet', back, { 'data-part': 'cancel' }),
    async send() {
      const made = await proven(panel, 'proof.to_make_a_key', () => comfy.makeKey({ name: name.value.trim() }))
      if (made) show(made)
    }
  })
}

/** @param {Passport.ComfyPanel} panel */
export function keysCard(panel) {
  const { texts, comfy } = panel
  const place = element('div', { class: 'part' })
  /** @returns {Promise<void>} */
  const refresh = () => list.refresh()
  const list = fetchedPart(panel, comfy.keys, ({ keys }) => [keys.length
    ? element('ul', {}, ...keys.map((key) => keyRow(panel, key, refresh)))
    : quiet(texts.get('comfy_keys.none'))])

  const showList = () => {
    fill(place, listCard)
    focusPart(place, 'new-comfy-key')
    void refresh()
  }
  const showForm = () => {
    fill(place, cardWith(texts.get('comfy_keys.new_key'), null, newKeyForm(panel, (made) => {
      fill(place, shownOnce(panel, made, showList))
      focusPart(place)
    }, showList)))
    focusFirstField(place)
  }
  const listCard = cardWith(texts.get('comfy_keys.title'),
    actionButton(texts.get('comfy_keys.new'), 'secondary', showForm, { 'data-part': 'new-comfy-key' }),
    quiet(texts.get('comfy_keys.explanation')), list.element)
  place.append(listCard)
  void refresh()
  return place
}
