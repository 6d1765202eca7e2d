/** What happened in this account. */
import { card, quiet } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'
import { activityList } from './activity_list.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function activityTab(panel) {
  const { texts } = panel
  const list = activityList(panel, false)
  return {
    element: element('div', { class: 'view' },
      card(texts.get('activity_details.title'), quiet(texts.get('activity_details.explanation')), list.element)),
    chosen: () => void list.refresh()
  }
}
