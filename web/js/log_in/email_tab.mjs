/** Logging in by mail address: the form for it, and those that it takes to get there. */
import { linkButton } from '../controls/buttons.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { livePart } from '../controls/live_part.mjs'
import { element } from '../dom.mjs'
import { deletionForm } from './deletion_form.mjs'
import { forgottenForm } from './forgotten_form.mjs'
import { registerForm } from './register_form.mjs'
import { resetForm } from './reset_form.mjs'
import { signInForm } from './sign_in_form.mjs'

/**
 * @typedef {'sign_in' | 'register' | 'forgotten' | 'reset' | 'deletion'} Mode
 *
 * @typedef {object} Known what one form hands to the next
 * @property {string} email
 * @property {string} code of the link that was followed, if one was
 * @property {string} [done] what the form before has achieved
 *
 * @typedef {(mode: Mode, known?: Partial<Known>) => void} Go
 */

/** @type {Record<Mode, (panel: Passport.DialogPanel, known: Known, go: Go) => (Node | null)[]>} */
const CONTENT = {
  sign_in: signInForm,
  register: registerForm,
  forgotten: forgottenForm,
  deletion: deletionForm,
  reset: (panel, known, go) => [resetForm(panel, known, () =>
    go('sign_in', { code: '', done: panel.texts.get('reset.done') }))]
}

/** @param {Passport.DialogPanel} panel */
export function emailTab(panel) {
  const { texts } = panel
  /** @type {Mode} */
  let mode = 'sign_in'
  /** @type {Known} */
  let known = { email: '', code: '' }

  /** @type {Go} */
  const go = (next, more) => {
    mode = next
    known = { ...known, done: '', ...more }
    part.draw()
    focusFirstField(part.element)
    panel.announce([known.done, mode !== 'sign_in' && texts.get(`log_in.${mode}_title`)].filter(Boolean).join(' '))
  }
  const content = () => mode === 'sign_in' ? CONTENT.sign_in(panel, known, go) : [
    element('h3', { tabindex: -1, 'data-focus-first': true }, texts.get(`log_in.${mode}_title`)),
    ...CONTENT[mode](panel, known, go),
    linkButton(texts.get('log_in.back_to_log_in'), () => go('sign_in'), 'back')
  ]
  const part = livePart(content)
  return {
    ...part,
    /** @param {Passport.Destination} destination */
    show({ part: wanted, code = '' }) {
      if (wanted === 'invite') go('register', { code })
      if (wanted === 'reset') go('reset', { code })
    }
  }
}
