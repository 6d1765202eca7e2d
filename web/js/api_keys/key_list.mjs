/** All keys of the account, and what can be done with several of them at once. */
import { actionButton, sentenceOf } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { keyRow } from './key_row.mjs'

/**
 * @typedef {object} Doing
 * @property {(key: Passport.MadeApiKey) => void} showKey
 * @property {() => Promise<void>} refresh
 */

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ApiKey[]} keys
 * @param {Doing} doing
 */
export function keyList(panel, keys, doing) {
  const { texts, calls, announce, complain } = panel
  /** @type {Set<Passport.ApiKey>} */
  const selected = new Set()
  const foot = element('div', { class: 'part list-foot' })

  /** @param {Passport.ApiKey[]} some */
  const remove = async (some) => {
    try {
      const { deleted } = await calls.deleteApiKeys(some.map(({ id }) => id))
      announce(texts.get('api_keys.deleted', { count: deleted }))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
    await doing.refresh()
  }
  const askToDelete = () => {
    const some = [...selected]
    fill(foot, confirmation({
      title: some.length > 1 ? texts.get('api_keys.delete_several_title', { count: some.length })
        : texts.get('api_keys.delete_title', { name: some[0].name }),
      explanation: texts.get('api_keys.delete_explanation', { names: some.map(({ name }) => name).join(', ') }),
      confirm: texts.get('api_keys.delete_them'), keep: texts.get('general.cancel')
    }, () => remove(some), drawFoot))
    focusPart(foot, 'keep')
  }
  const drawFoot = () => {
    const button = actionButton(texts.get('api_keys.delete_selected', { count: selected.size }), 'secondary',
      askToDelete, { 'data-part': 'delete-selected', disabled: selected.size === 0 })
    fill(foot, element('div', { class: 'buttons' }, button))
  }
  /** @param {Passport.ApiKey} key @param {boolean} isSelected */
  const select = (key, isSelected) => {
    if (isSelected) selected.add(key)
    else selected.delete(key)
    drawFoot()
  }
  const hasSeveral = keys.length > 1
  if (hasSeveral) drawFoot()
  return element('div', { class: 'part' },
    element('ul', {}, ...keys.map((key) => keyRow(panel, key, {
      ...doing, remove: () => remove([key]), select: hasSeveral ? select : null
    }))),
    foot)
}
