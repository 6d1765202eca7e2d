/** A box to tick, and what it means. */
import { element } from '../dom.mjs'
import { newId } from './buttons.mjs'

/**
 * @param {string} name
 * @param {string} label
 * @param {string} [explanation]
 */
export function choice(name, label, explanation) {
  const [id, explained] = [newId(), newId()]
  const box = element('input', {
    type: 'checkbox', id, 'data-part': name, 'aria-describedby': explanation && explained
  })
  return {
    box,
    element: element('div', { class: 'choice' }, box, element('div', {},
      element('label', { for: id }, label),
      explanation && element('p', { id: explained, class: 'muted' }, explanation)))
  }
}

/** @param {Passport.Texts} texts */
export function sharedComputerChoice(texts) {
  return choice('shared', texts.get('log_in.this_is_a_shared_computer'), texts.get('log_in.shared_explanation'))
}
