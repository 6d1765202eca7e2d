/** Text to take along: copied by a button, or by hand where the page may not. */
import { element } from '../dom.mjs'
import { actionButton, newId } from './buttons.mjs'

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser let us
 */
export async function copied(text) {
  return (await navigator.clipboard?.writeText(text).then(() => true, () => false)) ?? false
}

/**
 * A text that is shown once, with a button that copies it.
 * @param {Passport.DialogPanel} panel
 * @param {string} label
 * @param {string} text
 */
export function copyRow({ texts, announce }, label, text) {
  const id = newId()
  const input = element('input', { id, class: 'field-input', readonly: true, value: text })
  const copy = async () => {
    input.select()
    const done = await copied(text)
    announce(texts.get(done ? 'copying.copied' : 'copying.copy_by_hand'))
    button.firstElementChild?.replaceChildren(texts.get(done ? 'copying.copied' : 'copying.selected'))
  }
  const button = actionButton(texts.get('copying.copy'), 'secondary', copy, {
    'aria-label': texts.get('copying.copy_what', { what: label })
  })
  return element('div', { class: 'field' },
    element('div', { class: 'field-head' }, element('label', { for: id }, label)),
    element('div', { class: 'copy-row' }, element('div', { class: 'field-box' }, input), button))
}
