/** Who somebody is here and how they prove it: name, mail address, password, ways to log in. */
import { actionButton, card } from '../controls/buttons.mjs'
import { editablePart } from '../controls/editable_part.mjs'
import { form } from '../controls/form.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { addressCard } from './address_card.mjs'
import { passwordCard } from './password_card.mjs'
import { waysCard } from './ways_card.mjs'

/** @param {Passport.DialogPanel} panel */
function nameCard(panel) {
  const { texts, calls, state, announce } = panel
  const nameNow = () => state.status?.account?.display_name ?? ''
  const part = editablePart(texts, (edit) => [
    element('div', { class: 'fact-line' },
      element('p', {}, nameNow() || texts.get('account.without_a_name')),
      actionButton(texts.get('security.change'), 'secondary', edit, {
        'data-part': 'edit', 'aria-label': texts.get('security.change_the_name')
      }))
  ], (done, cancel) => {
    const name = textField({
      name: 'name', label: texts.get('security.your_name'), autocomplete: 'name', value: nameNow(),
      missing: texts.get('security.enter_a_name')
    })
    return [form(panel, {
      fields: [name],
      content: [name.element],
      label: texts.get('security.save'),
      beside: cancel,
      fieldOf: { display_name_invalid: name, invalid_field: name },
      async send() {
        await calls.rename(name.value.trim())
        await state.refreshEverywhere()
        done()
        announce(texts.get('spoken.renamed'))
      }
    })]
  })
  return { element: card(texts.get('security.name'), part.element), update: part.update }
}

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function securityTab(panel) {
  const cards = [nameCard(panel), addressCard(panel), passwordCard(panel), waysCard(panel)]
  const update = () => {
    for (const part of cards) part.update()
  }
  return {
    element: element('div', { class: 'view' }, ...cards.map((part) => part.element)),
    update,
    chosen: update
  }
}
