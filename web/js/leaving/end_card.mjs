/** At the foot of the account: the way to its end, fetched when somebody goes there. */
import { actionButton, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { element, fill, focusPart } from '../dom.mjs'

/** @param {Passport.DialogPanel} panel */
export function endCard(panel) {
  const { texts, complain, state } = panel
  const place = element('div', { class: 'part' })
  const close = () => {
    fill(place, element('div', { class: 'buttons' }, open()))
    focusPart(place, 'end')
  }
  const open = () => actionButton(texts.get('end.delete_account'), 'secondary', async () => {
    try {
      const { endPart } = await import('./end_part.mjs')
      fill(place, endPart(panel, close))
      focusPart(place)
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }, { 'data-part': 'end' })
  place.append(element('div', { class: 'buttons' }, open()))
  const whole = card(texts.get('end.title'), quiet(texts.get('end.explanation')), place)
  return {
    element: whole,
    update() {
      // A server that is older than this panel knows no end.
      whole.hidden = state.status?.account?.state === undefined
    }
  }
}
