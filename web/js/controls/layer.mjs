/** A question laid over the dialog: what is under it stays as it is, and gets the focus back. */
import { element, focusedWithin } from '../dom.mjs'
import { actionButton, newId } from './buttons.mjs'
import { focusFirstField } from './first_field.mjs'

/**
 * @template Answer
 * @typedef {(answer?: Answer) => void} Give without an answer the person has thought better of it
 */

/**
 * @template Answer
 * @param {Passport.DialogPanel} panel
 * @param {string} title
 * @param {(give: Give<Answer>) => import('../dom.mjs').Child[]} content
 * @returns {Promise<Answer | undefined>}
 */
export function ask(panel, title, content) {
  return new Promise((resolve) => {
    const id = newId()
    // All at once, so that the next key that is pressed finds the dialog as it was.
    /** @type {Give<Answer>} */
    const give = (answer) => {
      if (!box.isConnected) return
      box.close()
      box.remove()
      opener?.focus()
      resolve(answer)
    }
    const box = element('dialog', { class: 'layer', 'aria-labelledby': id },
      element('div', { class: 'layer-body' },
        element('h2', { id, tabindex: -1, 'data-focus-first': true }, title), ...content(give)))
    // By itself the browser may take one Escape for the two dialogs.
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      give()
    })
    panel.lay(box)
    const opener = focusedWithin(box.parentElement ?? box)
    box.addEventListener('close', () => give())
    box.showModal()
    if (!box.querySelector('[autofocus]')) focusFirstField(box)
  })
}

/**
 * "Are you sure?", over all that stands there.
 * @param {Passport.DialogPanel} panel
 * @param {{ title: string, explanation: string, confirm: string, keep: string }} wording
 * @returns {Promise<boolean>}
 */
export async function sure(panel, { title, explanation, confirm, keep }) {
  const answer = await ask(panel, title, (/** @type {Give<boolean>} */ give) => [
    element('p', {}, explanation),
    element('div', { class: 'buttons' },
      actionButton(keep, 'primary', () => give(), { 'data-part': 'keep', autofocus: true }),
      actionButton(confirm, 'secondary', () => give(true), { 'data-part': 'confirm' }))
  ])
  return answer ?? false
}
