/** Deleting the account: what goes, what else could, and the two proofs that it is meant. */
import { proven } from '../account/proof.mjs'
import { whyNoPasswordHere } from '../account/why_no_password.mjs'
import { actionButton, notice, quiet } from '../controls/buttons.mjs'
import { form } from '../controls/form.mjs'
import { passwordField } from '../controls/password_field.mjs'
import { textField } from '../controls/text_field.mjs'
import { element } from '../dom.mjs'
import { comfyAccountNotice } from './comfy_account_notice.mjs'
import { showReceipt } from './receipt.mjs'
import { belongingsChoices, countsLine } from './what_goes.mjs'

/** The server wants to see this very word. */
const CONFIRMATION = 'DELETE'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.DeletionPreview} preview
 * @param {Node} cancel
 */
function deleteForm(panel, preview, cancel) {
  const { texts, calls, state } = panel
  const choices = belongingsChoices(texts, preview)
  const hasPassword = state.status?.account?.has_password && !whyNoPasswordHere(panel)
  // Whoever has none, or may not send it from here, is asked for another proof once all is typed.
  const password = hasPassword ? passwordField(texts, { label: texts.get('password.your_password') }) : null
  const word = textField({
    name: 'confirmation', label: texts.get('end.type_the_word', { word: CONFIRMATION }),
    missing: texts.get('end.type_the_word', { word: CONFIRMATION }), attributes: { class: 'field-input mono' }
  })
  const fields = password ? [password, word] : [word]
  const whole = form(panel, {
    fields,
    content: [...choices.elements, ...fields.map((field) => field.element)],
    label: texts.get('end.permanently_delete'),
    busy: texts.get('end.deleting'),
    kind: 'danger',
    beside: cancel,
    fieldOf: { confirmation_wrong: word, ...(password && { password_wrong: password, too_many_tries: password }) },
    async send() {
      const deletion = { confirmation: word.value, ...choices.fields(), ...(password && { password: password.value }) }
      const answer = await proven(panel, 'proof.to_delete', () => calls.deleteAccount(deletion))
      if (!answer) return
      whole.reset()
      await state.refreshEverywhere()
      await showReceipt(panel, answer.receipt)
    }
  })
  const button = /** @type {HTMLButtonElement} */ (whole.querySelector('[type=submit]'))
  const enable = () => {
    button.disabled = word.value !== CONFIRMATION || password?.value === ''
  }
  whole.addEventListener('input', enable)
  enable()
  return whole
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.DeletionPreview} preview
 * @param {() => void} back
 */
export function deletePart(panel, preview, back) {
  const { texts } = panel
  const cancel = actionButton(texts.get('end.keep_it'), 'quiet', back, { 'data-part': 'keep' })
  return element('section', { class: 'danger-zone', 'aria-label': texts.get('end.delete_now_title') },
    element('h4', { tabindex: -1, 'data-focus-first': true }, texts.get('end.delete_now_title')),
    notice('error', texts.get('end.what_goes'), countsLine(texts, preview.counts),
      element('p', {}, texts.get('end.cannot_be_undone'))),
    quiet(texts.get('end.no_subscription')),
    comfyAccountNotice(panel),
    deleteForm(panel, preview, cancel))
}
