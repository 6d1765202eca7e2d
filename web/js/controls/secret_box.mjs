/** A secret to take along: as text, never in an attribute, with a button that copies it. */
import { element } from '../dom.mjs'
import { actionButton } from './buttons.mjs'
import { copied } from './copying.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} label
 * @param {HTMLElement} place holds the text
 */
export function copyButton({ texts, announce }, label, place) {
  const copy = async () => {
    const done = await copied(place.textContent ?? '')
    if (!done) getSelection()?.selectAllChildren(place)
    announce(texts.get(done ? 'copying.copied' : 'copying.copy_by_hand'))
    button.firstElementChild?.replaceChildren(texts.get(done ? 'copying.copied' : 'copying.selected'))
  }
  const button = actionButton(texts.get('copying.copy'), 'secondary', copy, {
    'data-part': 'copy', 'aria-label': texts.get('copying.copy_what', { what: label })
  })
  return button
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} label
 * @param {string} secret
 */
export function secretBox(panel, label, secret) {
  const text = element('code', { class: 'secret' }, secret)
  return element('div', { class: 'field', role: 'group', 'aria-label': label },
    element('div', { class: 'field-head' }, element('span', { class: 'label' }, label),
      copyButton(panel, label, text)),
    text)
}
