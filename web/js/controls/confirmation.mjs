/** "Are you sure?", in the place of the button that was pressed. */
import { element } from '../dom.mjs'
import { actionButton, notice } from './buttons.mjs'

/**
 * @param {{ title: string, explanation: string, confirm: string, keep: string,
 *   kind?: 'danger' | 'primary' }} wording
 * @param {() => Promise<void>} confirmed
 * @param {() => void} kept
 */
export function confirmation({ title, explanation, confirm, keep, kind = 'danger' }, confirmed, kept) {
  return notice('warning', title, explanation,
    element('div', { class: 'buttons' },
      actionButton(confirm, kind, confirmed, { 'data-part': 'confirm' }),
      actionButton(keep, 'secondary', kept, { 'data-part': 'keep' })))
}
