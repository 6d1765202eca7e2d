/** Which node packs may run with the key: those that asked, and those always allowed. */
import { actionButton, sentenceOf } from './controls.mjs'
import { element, fill } from './dom.mjs'
import { day } from './texts.mjs'

/**
 * @param {string} name
 * @param {string} sentence
 * @param {...Node} buttons
 */
function packRow(name, sentence, ...buttons) {
  return element('li', { class: 'pack' },
    element('div', { class: 'pack-text' },
      element('p', { class: 'pack-name' }, name),
      element('p', { class: 'muted' }, sentence)),
    element('div', { class: 'buttons' }, ...buttons))
}

/**
 * A section that stays while the dialog is open; `refresh` asks the server.
 * @param {Passport.DialogPanel} panel
 */
export function nodePacksPart({ texts, calls, complain }) {
  const list = element('div', {})
  const answer = element('p', { role: 'status' })
  const title = element('h3', { id: 'packs-title', tabindex: -1 }, texts.get('node_packs.title'))
  const section = element('section', { class: 'card', 'aria-labelledby': 'packs-title', hidden: true },
    title, element('p', { class: 'muted' }, texts.get('node_packs.explanation')), list, answer)

  /**
   * @param {string} name the pack's
   * @param {string} action the last part of its texts' keys
   * @param {'primary' | 'secondary' | 'quiet'} kind
   * @param {() => Promise<unknown>} work
   */
  const button = (name, action, kind, work) =>
    actionButton(texts.get(`node_packs.${action}`), kind, async () => {
      try {
        await work()
        answer.textContent = texts.get(`node_packs.${action}_done`, { name })
      } catch (error) {
        complain(sentenceOf(texts, error))
      }
      await refresh()
      // The button has gone with its row.
      if (!section.matches(':focus-within')) title.focus()
    }, {
      'data-part': `${action}:${name}`,
      'aria-label': texts.get(`node_packs.${action}_name`, { name })
    })

  /** @param {Passport.NodePacks} packs */
  const show = ({ asked, node_packs }) => {
    const rows = asked.map(({ name, node_types: types }) =>
      packRow(name, texts.get('node_packs.asked_for', { nodes: types.join(', ') }),
        button(name, 'allow_once', 'primary', () => calls.allowNodePack(name, 'once')),
        button(name, 'always_allow', 'secondary', () => calls.allowNodePack(name, 'always'))))
    for (const { name, decision, decided_at } of node_packs) {
      rows.push(packRow(name, texts.get(`node_packs.${decision}`, { date: day(texts, decided_at) }),
        button(name, 'take_back', 'quiet', () => calls.takeBackNodePack(name))))
    }
    fill(list, rows.length
      ? element('ul', {}, ...rows)
      : element('p', { class: 'muted' }, texts.get('node_packs.none')))
  }

  const refresh = async () => {
    try {
      show(await calls.nodePacks())
    } catch (error) {
      fill(list, element('p', { class: 'muted' }, sentenceOf(texts, error)))
    }
  }

  return {
    element: section,
    refresh,
    /** @param {boolean} visible */
    show(visible) {
      const appears = visible && section.hidden
      section.hidden = !visible
      if (appears) void refresh()
    },
    reveal() {
      section.scrollIntoView({ block: 'start' })
      const first = list.querySelector('button') ?? title
      first.focus()
    }
  }
}
