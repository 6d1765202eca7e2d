/** How hard a new password is to guess, while it is typed. The server judges; it keeps nothing. */
import { element } from '../dom.mjs'

const PAUSE_MS = 300
const BEST = 4

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLInputElement} input
 * @param {() => { email?: string, display_name?: string }} person
 */
export function strengthMeter({ texts, calls }, input, person) {
  const bars = element('div', { class: 'meter', 'aria-hidden': 'true' },
    ...Array.from({ length: BEST }, () => element('span')))
  const verdict = element('p', { class: 'field-message muted verdict', role: 'status' }, texts.get('password.advice'))
  let turn = 0

  /** @param {Passport.PasswordStrength | null} strength */
  const show = (strength) => {
    bars.dataset.score = strength ? String(strength.problem ? 0 : strength.score) : ''
    const key = strength && (strength.problem ?? `score_${strength.score}`)
    verdict.textContent = texts.get(key ? `password.${key}` : 'password.advice')
  }

  input.addEventListener('input', () => {
    const mine = ++turn
    if (!input.value) return show(null)
    setTimeout(async () => {
      if (mine !== turn) return
      // A meter that cannot be asked stays silent: the form says what counts.
      const strength = await calls.passwordStrength({ password: input.value, ...person() }).catch(() => null)
      if (mine === turn) show(strength)
    }, PAUSE_MS)
  })
  return { bars, verdict }
}
