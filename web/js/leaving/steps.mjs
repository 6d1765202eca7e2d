/** How to cancel and how to delete, in short steps that one can follow with the eyes. */
import { icon } from '../controls/icons.mjs'
import { element } from '../dom.mjs'

/** How many captions each way has in the texts. */
const STEPS = /** @type {const} */ ({ cancel: 4, delete: 5 })

/**
 * @param {Passport.Texts} texts
 * @param {'cancel' | 'delete'} way
 * @param {number} days
 */
function list(texts, way, days) {
  const captions = Array.from({ length: STEPS[way] }, (_, number) =>
    element('li', {}, texts.get(`steps.${way}_${number + 1}`, { days })))
  return [
    element('h4', {}, texts.get(`end.${way}_title`)),
    element('ol', { class: 'order' }, ...captions)
  ]
}

/**
 * @param {Passport.Texts} texts
 * @param {number} days how long a cancelled account can be reactivated
 */
export function helpSteps(texts, days) {
  return element('details', { class: 'more' },
    element('summary', { 'data-part': 'steps' }, texts.get('steps.show_me_how'), icon('down')),
    ...list(texts, 'cancel', days), ...list(texts, 'delete', days))
}
