/** One of several things in a list: its name, a line or two about it, what can be done with it. */
import { element } from '../dom.mjs'

/** @typedef {import('../dom.mjs').Child} Child */

/**
 * @param {Child} name
 * @param {Child[]} lines
 * @param {...Child} buttons
 */
export function row(name, lines, ...buttons) {
  return element('li', { class: 'row' },
    element('div', { class: 'row-text' },
      element('p', { class: 'row-name' }, name),
      ...lines.map((line) => line && element('p', { class: 'muted' }, line))),
    buttons.length > 0 && element('div', { class: 'buttons' }, ...buttons))
}
