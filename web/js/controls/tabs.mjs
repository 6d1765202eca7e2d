/** Tabs after the WAI-ARIA pattern: arrow keys move and select, Tab leaves for the panel. */
import { element } from '../dom.mjs'
import { newId } from './buttons.mjs'
import { icon } from './icons.mjs'

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {string} label
 * @property {string} [muted] says that what is under it does not work here; one can read why there
 * @property {HTMLElement} panel
 */

/** @type {Record<string, (index: number, count: number) => number>} */
const MOVES = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1
}

/**
 * @param {string} label of the list
 * @param {Tab[]} tabs
 * @param {(id: string) => void} [chosen] called for the tab chosen at first, too
 * @param {(leave: () => void) => void} [beforeLeaving] stands between a person and another tab
 */
export function tabs(label, tabs, chosen, beforeLeaving = (leave) => leave()) {
  const buttons = tabs.map(({ id, label, muted }) => element('button', {
    type: 'button', role: 'tab', id: newId(), class: 'tab', 'data-part': `tab-${id}`
  }, label, muted && icon('warning'), muted && element('span', { class: 'spoken' }, muted)))
  tabs.forEach(({ panel }, index) => {
    Object.assign(panel, { id: newId(), role: 'tabpanel', tabIndex: -1 })
    panel.setAttribute('aria-labelledby', buttons[index].id)
    buttons[index].setAttribute('aria-controls', panel.id)
  })
  const list = element('div', { class: 'tab-list', role: 'tablist', 'aria-label': label }, ...buttons)
  let current = ''

  /** @param {number} index */
  const choose = (index) => {
    tabs.forEach(({ panel }, other) => {
      buttons[other].ariaSelected = String(other === index)
      buttons[other].tabIndex = other === index ? 0 : -1
      panel.hidden = other !== index
    })
    const { id } = tabs[index]
    if (id === current) return
    current = id
    buttons[index].scrollIntoView({ block: 'nearest', inline: 'nearest' })
    chosen?.(id)
  }

  buttons.forEach((button, index) => button.addEventListener('click', () => beforeLeaving(() => choose(index))))
  list.addEventListener('keydown', (event) => {
    const index = buttons.findIndex((button) => button === event.target)
    const next = MOVES[event.key]?.(index, buttons.length)
    if (next === undefined) return
    event.preventDefault()
    beforeLeaving(() => {
      buttons[next].focus()
      choose(next)
    })
  })
  return {
    list,
    get current() {
      return current
    },
    /** @param {string} id one that is not there is left alone */
    choose(id) {
      const index = tabs.findIndex((tab) => tab.id === id)
      if (index >= 0) choose(index)
    }
  }
}
