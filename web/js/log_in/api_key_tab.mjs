/** Logging in with a Comfy API key. */
import { sharedComputerChoice } from '../controls/choice.mjs'
import { keyForm } from '../controls/key_form.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'

/**
 * A field that appears once the server asks for an invitation, or a link has brought one.
 * @param {Passport.Texts} texts
 */
function invitationField(texts) {
  const field = textField({
    name: 'key-invitation', label: texts.get('admission.invitation'), hint: texts.get('admission.invitation_hint'),
    attributes: { class: 'field-input mono' }
  })
  field.element.hidden = true
  return {
    field,
    /** What the call to the server says of it. */
    get invitation() {
      const code = field.value.trim()
      return code ? { invitation: code } : {}
    }
  }
}

/** @param {Passport.DialogPanel} panel */
export function apiKeyTab(panel) {
  const { texts, calls } = panel
  const shared = sharedComputerChoice(texts)
  const admission = invitationField(texts)
  const { field } = admission
  const form = keyForm(panel, {
    label: 'log_in.log_in',
    spoken: 'logged_in',
    more: element('div', { class: 'part' }, field.element, shared.element),
    send: (key, more) =>
      calls.logIn({ api_key: key, shared_computer: shared.box.checked, ...admission.invitation, ...more }),
    refused({ code }, sentence) {
      if (code !== 'invitation_needed' && code !== 'invitation_invalid') return false
      field.element.hidden = false
      field.refuse(sentence)
      return true
    }
  })
  return {
    element: form,
    update() {},
    /** @param {Passport.Destination} destination */
    show({ part, code = '' }) {
      if (part !== 'invite') return
      field.element.hidden = false
      field.input.value = code
    }
  }
}
