/** Keys for programs that call this server: the list, a new one, and the one look at it. */
import { actionButton, card, cardWith, quiet } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { icon } from '../controls/icons.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { keyList } from './key_list.mjs'
import { newKeyForm } from './new_key_form.mjs'
import { shownKey } from './shown_key.mjs'

/** @param {Passport.Texts} texts */
function emptyState(texts) {
  return element('div', { class: 'empty' }, icon('key'),
    element('p', {}, texts.get('api_keys.none')),
    quiet(texts.get('api_keys.what_they_are_for')))
}

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function apiKeysTab(panel) {
  const { texts, calls } = panel
  const place = element('div', { class: 'view' })

  /** Back to the list, with the focus on what was left. @param {string} part */
  const showList = async (part) => {
    fill(place, listCard)
    await list.refresh()
    if (!focusPart(listCard, part)) focusPart(listCard)
  }
  const showForm = () => {
    const cancel = actionButton(texts.get('general.cancel'), 'quiet', () => void showList('new'), {
      'data-part': 'cancel'
    })
    fill(place, card(texts.get('api_keys.new_key'), newKeyForm(panel, showKey, cancel)))
    focusFirstField(place)
  }
  /** @param {Passport.MadeApiKey} key */
  const showKey = (key) => {
    fill(place, shownKey(panel, key, () => void showList(`manage-${key.id}`), () => place.replaceChildren(listCard)))
    focusPart(place)
  }
  /** @returns {Promise<void>} */
  const refresh = () => list.refresh()
  const list = fetchedPart(panel, calls.apiKeys, ({ api_keys: keys }) => keys.length
    ? [keyList(panel, keys, { showKey, refresh })]
    : [emptyState(texts)])
  const listCard = cardWith(texts.get('api_keys.title'),
    actionButton(texts.get('api_keys.new'), 'primary', showForm, { 'data-part': 'new' }),
    quiet(texts.get('api_keys.explanation')), list.element)
  place.append(listCard)
  return {
    element: place,
    chosen() {
      // A form that was begun, or a key that is still to be saved, waits.
      if (listCard.isConnected) void list.refresh()
    }
  }
}
