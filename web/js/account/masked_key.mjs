/** The stored key behind asterisks, with the eye that shows it. */
import { busyWhile, sentenceOf } from '../controls/buttons.mjs'
import { icon } from '../controls/icons.mjs'
import { element, fill } from '../dom.mjs'

/** As many as stand for what the server does not tell. */
const ASTERISKS = '*'.repeat(12)

/** @param {Passport.DialogPanel} panel */
export function maskedKey(panel) {
  const { texts, complain } = panel
  const place = element('div', { class: 'masked' })
  let mask = ''

  const show = async () => {
    try {
      const { revealKey } = await import('./revealed_key.mjs')
      await revealKey(panel, place, cover)
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }
  const cover = () => {
    const eye = element('button', {
      type: 'button', class: 'in-field', 'data-part': 'eye', 'aria-label': texts.get('reveal.show_the_key'),
      onclick: () => void busyWhile(eye, show)
    }, icon('eye'))
    fill(place,
      element('code', { 'aria-hidden': 'true' }, mask.replace('…', ASTERISKS)),
      element('span', { class: 'spoken' }, mask),
      eye)
  }
  return {
    /** @param {string} next the mask; another one is another key, which nobody has asked to see */
    of(next) {
      if (next !== mask || !place.hasChildNodes()) {
        mask = next
        cover()
      }
      return place
    }
  }
}
