/** What a server may want to see before it lets somebody in. */
import { textField } from '../controls/text_field.mjs'

/**
 * The field for it; null where the server wants nothing.
 * @param {Passport.Texts} texts
 * @param {Passport.Registration['needs']} needs
 * @param {string} code
 */
export function admissionField(texts, needs, code) {
  if (!needs) return null
  return textField({
    name: needs, label: texts.get(`admission.${needs}`), hint: texts.get(`admission.${needs}_hint`),
    missing: texts.get(`admission.${needs}_missing`), value: code, attributes: { class: 'field-input mono' }
  })
}

/**
 * The same for a way to log in on which only newcomers need it: there once it is asked for, or a link has
 * brought it.
 * @param {Passport.Texts} texts
 * @param {Passport.Registration | undefined} registration
 */
export function laterAdmission(texts, registration) {
  const name = registration?.needs ?? 'invitation'
  const field = /** @type {import('../controls/text_field.mjs').Field} */ (admissionField(texts, name, ''))
  // Where a set-up code is wanted, nobody has an account yet.
  field.element.hidden = name === 'invitation'
  const isAsked = () => !field.element.hidden
  return {
    element: field.element,
    isFilled() {
      if (!isAsked() || field.isFilled()) return true
      field.input.focus()
      return false
    },
    /** What the call to the server says of it. */
    fields: () => isAsked() ? { [name]: field.value.trim() } : {},
    /** @param {string} code what a link has brought */
    take(code) {
      if (name !== 'invitation') return
      field.element.hidden = false
      field.input.value = code
    },
    /**
     * @param {string} code of an error
     * @param {string} sentence
     * @returns {boolean} whether it is about this field
     */
    refuse(code, sentence) {
      if (!code.startsWith(name)) return false
      field.element.hidden = false
      field.refuse(sentence)
      return true
    }
  }
}
