/** Which user of ComfyUI's --multi-user somebody is: ComfyUI proves nobody to be one. */
import { actionButton, notice } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { textField } from '../controls/text_field.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Person} person
 * @param {(comfyUser: string) => void} named
 * @param {() => void} back
 */
export function comfyUserForm(panel, person, named, back) {
  const { texts, calls } = panel
  const folder = textField({
    name: 'comfy-user', label: texts.get('people.comfy_user_folder'), hint: texts.get('people.comfy_user_hint'),
    value: person.comfy_user ?? ''
  })
  return notice('info', '', texts.get('people.comfy_user_explanation'), form(panel, {
    fields: [folder],
    content: [folder.element],
    kind: 'secondary',
    label: texts.get('security.save'),
    beside: actionButton(texts.get('general.cancel'), 'quiet', back, { 'data-part': 'cancel' }),
    fieldOf: { comfy_user_invalid: folder, invalid_field: folder },
    async send() {
      await calls.nameComfyUser(person.id, folder.value.trim())
      named(folder.value.trim())
    }
  }))
}
