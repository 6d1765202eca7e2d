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
