/** Cancel or delete, side by side: what happens, what stays, how to undo it. */
import { proven } from '../account/proof.mjs'
import { actionButton, change, linkButton, notice } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { sure } from '../controls/layer.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { deletePart } from './delete_part.mjs'
import { exportButton } from './export_button.mjs'
import { helpSteps } from './steps.mjs'

/** For whoever has the machine itself; see docs/accounts.md. */
const COMMAND = 'python3 custom_nodes/ComfyUI-Passport make-owner MAIL'

/**
 * @param {Passport.Texts} texts
 * @param {'cancel' | 'delete'} way
 * @param {number} days
 * @param {Node | null} button
 */
function wayCard(texts, way, days, button) {
  const points = ['happens', 'stays', 'undo']
  return element('section', { class: 'way', 'aria-label': texts.get(`end.${way}_title`) },
    element('h4', {}, texts.get(`end.${way}_title`)),
    element('dl', {}, ...points.flatMap((point) => [
      element('dt', {}, texts.get(`end.${point}`)),
      element('dd', {}, texts.get(`end.${way}_${point}`, { days }))
    ])),
    button)
}

/** @param {Passport.Texts} texts */
function lastOwnerNotice(texts) {
  return notice('warning', texts.get('end.last_owner_title'), texts.get('end.last_owner'),
    element('p', {}, element('code', { class: 'command' }, COMMAND)))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {number} days
 */
async function cancelAccount(panel, days) {
  const { texts, calls } = panel
  const isSure = await sure(panel, {
    title: texts.get('end.cancel_question'), explanation: texts.get('end.cancel_undo', { days }),
    confirm: texts.get('end.cancel_confirm'), keep: texts.get('end.keep_it')
  })
  if (!isSure) return
  await change(panel, async () => {
    const answer = await proven(panel, 'proof.to_cancel', calls.cancelAccount)
    return answer ? texts.get('end.cancelled') : ''
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => void} close
 */
export function endPart(panel, close) {
  const { texts, calls } = panel
  const goAhead = element('div', { class: 'part' })
  /** @param {Passport.DeletionPreview} preview */
  const showDelete = (preview) => {
    fill(goAhead, deletePart(panel, preview, () => {
      fill(goAhead)
      focusPart(preview_.element, 'delete')
    }))
    goAhead.scrollIntoView({ block: 'start' })
    focusPart(goAhead)
  }
  const preview_ = fetchedPart(panel, calls.deletionPreview, (preview) => {
    const { cancelled_account_days: days, is_last_owner: isLastOwner } = preview
    /** @param {'cancel' | 'delete'} way @param {() => void | Promise<void>} work */
    const button = (way, work) => isLastOwner ? null
      : actionButton(texts.get(`end.${way}_button`), 'secondary', work, { 'data-part': way })
    return [
      isLastOwner ? lastOwnerNotice(texts) : null,
      element('div', { class: 'two-ways' },
        wayCard(texts, 'cancel', days, button('cancel', () => cancelAccount(panel, days))),
        wayCard(texts, 'delete', days, button('delete', () => showDelete(preview)))),
      helpSteps(texts, days)
    ]
  })
  void preview_.refresh()
  return element('div', { class: 'part', tabindex: -1, 'data-focus-first': true },
    element('p', {}, texts.get('end.download_first')),
    element('div', { class: 'buttons' }, exportButton(panel),
      linkButton(texts.get('end.not_now'), close, 'not-now')),
    preview_.element, goAhead)
}
