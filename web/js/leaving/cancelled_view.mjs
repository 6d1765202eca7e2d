/** What somebody sees whose account is cancelled: until when it can be undone, and the ways out. */
import { logOut } from '../account/log_out.mjs'
import { actionButton, change, notice, sentenceOf } from '../controls/buttons.mjs'
import { foldedDoctor } from '../dialog/doctor_part.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

/** @param {Passport.DialogPanel} panel */
function actions(panel) {
  const { texts, calls, complain } = panel
  const place = element('div', { class: 'part' })
  const reactivate = () => change(panel, async () => {
    await calls.reactivateAccount()
    return texts.get('cancelled.reactivated')
  })
  const deleteNow = async () => {
    try {
      const [{ deletePart }, preview] = await Promise.all([import('./delete_part.mjs'), calls.deletionPreview()])
      fill(place, deletePart(panel, preview, () => {
        draw()
        focusPart(place, 'delete')
      }))
      focusPart(place)
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }
  const draw = () => fill(place, element('div', { class: 'buttons' },
    actionButton(texts.get('cancelled.reactivate'), 'primary', reactivate, { 'data-part': 'reactivate' }),
    exporting,
    actionButton(texts.get('cancelled.delete_now'), 'secondary', deleteNow, { 'data-part': 'delete' }),
    actionButton(texts.get('leaving.log_out'), 'quiet', () => logOut(panel, 'here'), { 'data-part': 'log-out' })))
  const exporting = element('span', {})
  import('./export_button.mjs').then(({ exportButton }) => exporting.replaceChildren(exportButton(panel)))
    .catch((error) => complain(sentenceOf(texts, error)))
  draw()
  return place
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 * @param {import('../dialog/doctor_part.mjs').Doctor} doctor
 * @returns {Passport.View}
 */
export function cancelledView(panel, { account }, doctor) {
  const { texts } = panel
  const folded = foldedDoctor(texts, doctor)
  const view = element('div', { class: 'view' },
    element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' },
      account?.display_name || account?.email || texts.get('account.without_a_name')),
    notice('warning', texts.get('cancelled.title'), account?.purge_at
      ? texts.get('cancelled.deleted_on', { date: day(texts, account.purge_at) }) : '',
    element('p', {}, texts.get('cancelled.explanation'))),
    actions(panel),
    folded.element)
  return {
    element: view,
    update() {},
    show({ part }) {
      if (part === 'log_out') void logOut(panel, 'here')
      else focusPart(view)
    },
    revealDoctor: folded.reveal
  }
}
