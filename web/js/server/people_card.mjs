/** Everybody who has an account on this server. */
import { card } from '../controls/buttons.mjs'
import { pagedList } from '../controls/paged_list.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { personRow } from './person_row.mjs'

const PAUSE_MS = 300

/** @param {Passport.DialogPanel} panel */
export function peopleCard(panel) {
  const { texts, calls } = panel
  const search = textField({ name: 'search', type: 'search', label: texts.get('people.search') })
  const list = pagedList(panel, {
    async fetch(/** @type {string | undefined} */ after) {
      const { accounts, next_after: next } = await calls.people({ search: search.value.trim(), after })
      return { items: accounts, next }
    },
    row: (person) => personRow(panel, person),
    none: texts.get('people.nobody')
  })
  let typing = 0
  search.input.addEventListener('input', () => {
    clearTimeout(typing)
    typing = window.setTimeout(list.refresh, PAUSE_MS)
  })
  return {
    element: card(texts.get('people.title'), element('div', { role: 'search' }, search.element), list.element),
    refresh: list.refresh
  }
}
