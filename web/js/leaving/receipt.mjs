/** The last word on an account: it is deleted, and this number says so. */
import { actionButton, notice } from '../controls/buttons.mjs'
import { copyRow } from '../controls/copying.mjs'
import { ask } from '../controls/layer.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { element } from '../dom.mjs'
import { countsLine } from './what_goes.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Receipt} receipt
 */
export async function showReceipt(panel, { number, deleted_at: at, counts, moved, left }) {
  const { texts } = panel
  await ask(panel, texts.get('receipt.title'), (give) => [
    element('p', {}, texts.get('receipt.deleted', { time: dayAndTime(texts, at), what: countsLine(texts, counts) })),
    moved > 0 && element('p', {}, texts.get('receipt.moved', { count: moved })),
    left.length > 0 && notice('warning', texts.get('receipt.left'), left.join(', ')),
    copyRow(panel, texts.get('receipt.number'), number),
    element('div', { class: 'buttons' },
      actionButton(texts.get('receipt.done'), 'primary', () => give(), { 'data-part': 'done' }))
  ])
}
