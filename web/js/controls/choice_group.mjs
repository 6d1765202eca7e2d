/** Several things to choose from, under one name; what is wrong with the choice stands under them. */
import { element } from '../dom.mjs'
import { newId } from './buttons.mjs'
import { icon } from './icons.mjs'

/**
 * @param {string} legend
 * @param {HTMLElement} content holds the inputs
 * @param {string} [missing] what to say when none is ticked; without it that is fine
 */
export function choiceGroup(legend, content, missing) {
  const problem = element('p', { class: 'field-message problem', role: 'alert' })
  const inputs = [...content.querySelectorAll('input')]
  const complain = (/** @type {string} */ sentence) =>
    problem.replaceChildren(...(sentence ? [icon('error'), element('span', {}, sentence)] : []))
  content.addEventListener('change', () => complain(''))
  return {
    element: element('fieldset', {}, element('legend', {}, legend), content, problem),
    input: inputs[0],
    refuse(/** @type {string} */ sentence) {
      complain(sentence)
      inputs[0].focus()
    },
    isFilled() {
      const isMissing = Boolean(missing) && !inputs.some((input) => input.checked)
      complain(isMissing ? missing ?? '' : '')
      return !isMissing
    }
  }
}

/**
 * One of a few, side by side.
 * @param {string} legend
 * @param {string} name
 * @param {{ value: string, label: string }[]} options the first is chosen
 */
export function oneOf(legend, name, options) {
  const group = newId()
  const chips = options.map(({ value, label }, index) => element('label', { class: 'chip' },
    element('input', { type: 'radio', name: group, value, 'data-part': `${name}-${value}`, checked: index === 0 }),
    element('span', {}, label)))
  const row = element('div', { class: 'chips' }, ...chips)
  return {
    ...choiceGroup(legend, row),
    /** @param {(value: string) => void} changed */
    watch(changed) {
      row.addEventListener('change', ({ target }) => changed(/** @type {HTMLInputElement} */ (target).value))
    },
    value: () => row.querySelector('input:checked')?.getAttribute('value') ?? ''
  }
}
