/** A list that the server gives page by page. */
import { element, fill, focusedWithin, focusPart } from '../dom.mjs'
import { actionButton, quiet, sentenceOf } from './buttons.mjs'

/**
 * @template Item, Cursor
 * @param {Passport.DialogPanel} panel
 * @param {{ fetch: (cursor?: Cursor) => Promise<{ items: Item[], next: Cursor | null }>,
 *   row: (item: Item) => HTMLElement, none: string }} options `none` is said of an empty list
 */
export function pagedList({ texts, announce }, { fetch, row, none }) {
  const list = element('ul', {})
  const foot = element('div', { class: 'part' })
  let turn = 0

  /** @param {Cursor} [cursor] of the next page; without one the list begins anew */
  const load = async (cursor) => {
    const mine = ++turn
    try {
      const { items, next } = await fetch(cursor)
      if (mine !== turn) return
      const rows = items.map(row)
      if (cursor === undefined) fill(list, ...rows)
      else append(rows)
      fill(foot, !list.childElementCount && quiet(none), next !== null && more(next))
    } catch (error) {
      if (mine !== turn) return
      const hadFocus = focusedWithin(foot)
      fill(foot, quiet(sentenceOf(texts, error)), retry(cursor))
      if (hadFocus) focusPart(foot, 'retry')
    }
  }
  /** @param {HTMLElement[]} rows */
  const append = (rows) => {
    list.append(...rows)
    announce(texts.get('general.more_shown', { count: rows.length }))
    // The button stays only while there is more: what is new is the place to go on from.
    if (rows[0]) rows[0].tabIndex = -1
    rows[0]?.focus()
  }
  /** @param {string} label @param {Cursor} [cursor] @param {string} [part] */
  const button = (label, cursor, part) => element('div', { class: 'buttons' },
    actionButton(label, 'secondary', () => load(cursor), { 'data-part': part }))
  /** @param {Cursor} next */
  const more = (next) => button(texts.get('general.show_more'), next, 'more')
  /** @param {Cursor} [cursor] */
  const retry = (cursor) => button(texts.get('general.try_again'), cursor, 'retry')

  return { element: element('div', { class: 'part' }, list, foot), refresh: () => load() }
}
