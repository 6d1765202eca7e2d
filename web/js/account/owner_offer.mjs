/** A server that nobody owns yet: whoever has the machine can take it. */
import { notice } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { livePart } from '../controls/live_part.mjs'
import { admissionField } from '../log_in/admission_field.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Registration['needs']} needs
 */
function offer({ texts, ...panel }, needs) {
  const code = admissionField(texts, needs === 'set_up_code' ? needs : null, '')
  return notice('info', texts.get('owner.become_this_servers_owner'), texts.get('owner.explanation'),
    form({ texts, ...panel }, {
      fields: code ? [code] : [],
      content: [code?.element ?? null],
      kind: 'secondary',
      label: texts.get('owner.become_the_owner'),
      fieldOf: code ? { set_up_code_needed: code, set_up_code_wrong: code } : {},
      async send() {
        await panel.calls.becomeOwner(code ? { set_up_code: code.value.trim() } : {})
        await panel.state.refreshEverywhere()
        panel.announce(texts.get('spoken.became_owner'))
      }
    }))
}

/** @param {Passport.DialogPanel} panel */
export function ownerOffer(panel) {
  return livePart(() => {
    const { status } = panel.state
    return status?.has_owner === false ? [offer(panel, status.registration?.needs ?? null)] : []
  })
}
