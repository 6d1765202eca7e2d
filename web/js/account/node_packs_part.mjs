/** Which node packs may run with the key: those that asked, and those always allowed. */
import { actionButton, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { row } from '../controls/row.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

/**
 * `refresh` asks the server again.
 * @param {Passport.DialogPanel} panel
 */
export function nodePacksPart({ texts, calls, complain }) {
  const list = element('div', {})
  const answer = element('p', { role: 'status' })
  const section = card(texts.get('node_packs.title'), quiet(texts.get('node_packs.explanation')), list, answer)

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
    }, {
      'data-part': `${action}:${name}`,
      'aria-label': texts.get(`node_packs.${action}_name`, { name })
    })

  /** @param {Passport.NodePacks} packs */
  const show = ({ asked, node_packs }) => {
    const rows = asked.map(({ name, node_types: types }) =>
      row(name, [texts.get('node_packs.asked_for', { nodes: types.join(', ') })],
        button(name, 'allow_once', 'primary', () => calls.allowNodePack(name, 'once')),
        button(name, 'always_allow', 'secondary', () => calls.allowNodePack(name, 'always'))))
    for (const { name, decision, decided_at } of node_packs) {
      rows.push(row(name, [texts.get(`node_packs.${decision}`, { date: day(texts, decided_at) })],
        button(name, 'take_back', 'quiet', () => calls.takeBackNodePack(name))))
    }
    fill(list, rows.length
      ? element('ul', {}, ...rows)
      : quiet(texts.get('node_packs.none')))
  }

  const refresh = async () => {
    try {
      show(await calls.nodePacks())
    } catch (error) {
      fill(list, quiet(sentenceOf(texts, error)))
    }
  }

  void refresh()
  return {
    element: section,
    refresh,
    // The status says nothing of node packs.
    update() {},
    reveal() {
      section.scrollIntoView({ block: 'start' })
      const first = list.querySelector('button')
      if (first) first.focus()
      else focusPart(section)
    }
  }
}
