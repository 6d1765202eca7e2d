/** A field for a mail address, which asks about slips in the well-known domains. */
import { element } from '../dom.mjs'
import { linkButton } from './buttons.mjs'
import { suggestedEmail } from './mail_spelling.mjs'
import { textField } from './text_field.mjs'

/**
 * @param {Passport.Texts} texts
 * @param {Partial<import('./text_field.mjs').FieldOptions>} [options]
 */
export function emailField(texts, options) {
  const field = textField({
    label: texts.get('email.email'), name: 'email', type: 'email', autocomplete: 'username',
    missing: texts.get('email.enter_your_email'), ...options
  })
  const { input, messages } = field
  const suggestion = element('p', { class: 'field-message', role: 'status' })
  const suggest = () => {
    const meant = suggestedEmail(input.value)
    suggestion.replaceChildren(...(meant ? [linkButton(texts.get('email.did_you_mean', { email: meant }), () => {
      input.value = meant
      suggestion.replaceChildren()
      field.complain('')
      input.focus()
    }, 'suggestion')] : []))
  }
  // Only once the address is finished: half of one looks like a slip.
  input.addEventListener('change', suggest)
  input.addEventListener('input', () => suggestion.replaceChildren())
  messages.append(suggestion)
  return field
}
