/** Which node packs may run with the key: those that asked, and those always allowed. */
import { actionButton, sentenceOf } from './controls.mjs'
import { element, fill } from './dom.mjs'
import { day } from './texts.mjs'

/** @typedef {(work: () => Promise<unknown>, done: string) => Promise<void>} Decide */

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.AskingNodePack} pack
 * @param {Decide} decide
 */
function asking({ texts, calls }, { name, node_types }, decide) {
  /** @param {'once' | 'always'} decision */
  const allow = (decision) => () =>
    decide(() => calls.allowNodePack(name, decision),
      texts.get(`node_packs.allowed_${decision}`, { name }))
  return element('li', { class: 'pack asking' },
    element('div', { class: 'pack-text' },
      element('p', { class: 'pack-name' }, name),
      element('p', { class: 'muted' },
        texts.get('node_packs.asked_for', { nodes: node_types.join(', ') }))),
    element('div', { class: 'buttons' },
      actionButton(texts.get('node_packs.allow_once'), 'primary', allow('once'), {
        'data-part': `once:${name}`, 'aria-label': texts.get('node_packs.allow_name_once', { name })
      }),
      actionButton(texts.get('node_packs.always_allow'), 'secondary', allow('always'), {
        'data-part': `always:${name}`, 'aria-label': texts.get('node_packs.always_allow_name', { name })
      })))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.NodePack} pack
 * @param {Decide} decide
 */
function allowed({ texts, calls }, { name, decided_at }, decide) {
  return element('li', { class: 'pack' },
    element('div', { class: 'pack-text' },
      element('p', { class: 'pack-name' }, name),
      element('p', { class: 'muted' }, texts.get('node_packs.since', { date: day(texts, decided_at) }))),
    actionButton(texts.get('node_packs.take_back'), 'quiet',
      () => decide(() => calls.takeBackNodePack(name), texts.get('node_packs.taken_back', { name })),
      { 'data-part': `take-back:${name}`, 'aria-label': texts.get('node_packs.take_back_name', { name }) }))
}

/**
 * A section that stays while the dialog is open; `refresh` asks the server.
 * @param {Passport.DialogPanel} panel
 */
export function nodePacksPart(panel) {
  const { texts, calls } = panel
  const list = element('div', { class: 'packs' })
  const answer = element('p', { class: 'pack-answer', role: 'status' })
  const section = element('section', { class: 'card', 'aria-labelledby': 'packs-title', hidden: true },
    element('h3', { id: 'packs-title', tabindex: -1 }, texts.get('node_packs.title')),
    element('p', { class: 'muted' }, texts.get('node_packs.explanation')),
    list, answer)

  /** @type {Decide} */
  const decide = async (work, done) => {
    try {
      await work()
      answer.textContent = done
    } catch (error) {
      panel.complain(sentenceOf(texts, error))
    }
    await refresh()
  }

  /** @param {Passport.NodePacks} packs */
  const show = ({ asked, node_packs }) => {
    const always = node_packs.filter(({ decision }) => decision === 'always')
    const rows = [
      ...asked.map((pack) => asking(panel, pack, decide)),
      ...always.map((pack) => allowed(panel, pack, decide))
    ]
    const none = element('p', { class: 'muted', 'data-focus-first': true, tabindex: -1 },
      texts.get('node_packs.none'))
    fill(list, rows.length ? element('ul', {}, ...rows) : none)
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
      const first = /** @type {HTMLElement | null} */ (list.querySelector('button'))
      ;(first ?? section.querySelector('h3'))?.focus()
    }
  }
}
