/** Logging in by way of another service: Google, GitHub, or one that the owner of this server named. */
import { linkButton, quiet } from '../controls/buttons.mjs'
import { sharedComputerChoice } from '../controls/choice.mjs'
import { identityName } from '../controls/identity_name.mjs'
import { providerPart } from '../providers/provider_part.mjs'
import { laterAdmission } from './admission_field.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 * @param {(id: string) => void} goTo another tab
 */
export function providerTab(panel, method, goTo) {
  const { texts, state, announce } = panel
  const name = identityName(panel, method.id)
  const shared = sharedComputerChoice(texts)
  const admission = laterAdmission(texts, state.status?.registration)
  const part = providerPart(panel, method, {
    purpose: 'log_in',
    label: texts.get('providers.continue_with', { name }),
    content: [quiet(texts.get('providers.introduction', { name })), admission.element, shared.element],
    isFilled: admission.isFilled,
    fields: () => ({ shared_computer: shared.box.checked, ...admission.fields() }),
    async isDone() {
      await state.refresh()
      return state.status?.signed_in ?? false
    },
    async finished() {
      await state.refreshEverywhere()
      announce(texts.get('spoken.logged_in'))
    },
    refused({ code }, sentence) {
      if (code === 'email_has_account') {
        return linkButton(texts.get('providers.log_in_with_email'), () => goTo('email'), 'instead')
      }
      return admission.refuse(code, sentence) || null
    }
  })
  return {
    element: part.element,
    update() {},
    /** @param {Passport.Destination} destination */
    show({ part: wanted, code = '' }) {
      if (wanted === 'invite') admission.take(code)
    }
  }
}
