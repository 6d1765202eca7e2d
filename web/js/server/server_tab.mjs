/** What a server's owner sees. */
import { element } from '../dom.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function serverTab(panel) {
  return { element: element('div', { class: 'view' }, panel.texts.get('sections.server')) }
}
