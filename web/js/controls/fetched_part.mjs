/** A part of the dialog whose content the server is asked for by itself. */
import { element, fill } from '../dom.mjs'
import { actionButton, quiet, sentenceOf } from './buttons.mjs'

/**
 * @template Answer
 * @param {Passport.DialogPanel} panel
 * @param {() => Promise<Answer>} ask
 * @param {(answer: Answer) => import('../dom.mjs').Child[]} content
 */
export function fetchedPart({ texts }, ask, content) {
  const place = element('div', { class: 'part' }, quiet(texts.get('loading.text')))
  const refresh = async () => {
    try {
      fill(place, ...content(await ask()))
    } catch (error) {
      fill(place, quiet(sentenceOf(texts, error)), element('div', { class: 'buttons' },
        actionButton(texts.get('general.try_again'), 'secondary', refresh, { 'data-part': 'retry' })))
    }
  }
  return { element: place, refresh }
}
