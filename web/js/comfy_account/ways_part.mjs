/** The ways to come in with a Comfy account, one at a time: the easiest that works here first. */
import { linkButton, notice, quiet } from '../controls/buttons.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { livePart } from '../controls/live_part.mjs'
import { element } from '../dom.mjs'
import { codePart } from './code_part.mjs'
import { comfyMethod, lookAgainOnReturn } from './comfy_panel.mjs'
import { entryFields } from './entry.mjs'
import { handOverPart } from './hand_over_part.mjs'
import { forgottenForm, logInForm, signUpForm } from './password_forms.mjs'

/**
 * @typedef {import('./password_forms.mjs').Mode} Mode
 * @typedef {import('./password_forms.mjs').Known} Known
 * @typedef {import('./password_forms.mjs').Go} Go
 */

const UNDER_WAY = '.under-way, [aria-busy=true]'

/** Those that people choose between; the other modes lead from them. */
const WAYS = /** @type {const} */ (['hand_over', 'password', 'code'])

/**
 * @param {Passport.ComfyPanel} panel
 * @param {Known} known
 */
function handOver(panel, known) {
  const { texts, state } = panel
  const logIn = panel.frontend()
  if (!logIn) {
    return [notice('info', texts.get('comfy.log_in_to_comfyui_first'), '',
      element('ol', { class: 'numbered' },
        element('li', {}, texts.get('comfy.first_step')), element('li', {}, texts.get('comfy.second_step'))))]
  }
  const extra = entryFields(panel)
  extra.take(known.invitation)
  return [handOverPart(panel, logIn, {
    needsConfirmation: comfyMethod(panel)?.needs_confirmation ?? false, extra,
    title: 'comfy.logged_in_to_comfyui_as', text: state.status?.signed_in ? 'comfy.connects' : 'comfy.logs_in'
  })]
}

/** @type {Record<Mode, (panel: Passport.ComfyPanel, known: Known, go: Go) => (Node | null)[]>} */
const CONTENT = {
  hand_over: handOver,
  password: logInForm,
  sign_up: signUpForm,
  forgotten: forgottenForm,
  code: (panel, known) => [
    notice('warning', '', panel.texts.get('comfy.undocumented')),
    codePart(panel, comfyMethod(panel)?.needs_confirmation ?? false, known.invitation)]
}

/** @param {Passport.ComfyPanel} panel */
function waysHere(panel) {
  const ways = comfyMethod(panel)?.ways ?? []
  return WAYS.filter((way) => ways.includes(way))
}

/**
 * @param {Passport.ComfyPanel} panel
 * @returns {Mode | undefined}
 */
function easiest(panel) {
  const here = waysHere(panel)
  return panel.frontend() ? here[0] : here.find((way) => way !== 'hand_over') ?? here[0]
}

/** @param {Passport.ComfyPanel} panel */
export function waysPart(panel) {
  const { texts, announce } = panel
  /** What somebody has chosen; until then it is the easiest. @type {Mode | undefined} */
  let chosen
  /** @type {Known} */
  let known = { email: '', invitation: '', done: '' }

  /** @type {Go} */
  const go = (mode, more) => {
    chosen = mode
    known = { ...known, done: '', ...more }
    part.draw()
    focusFirstField(part.element)
    announce(known.done || texts.get(`comfy.${mode}_title`))
  }
  const content = () => {
    const mode = chosen ?? easiest(panel)
    if (!mode) return [quiet(texts.get('comfy.no_way_from_here'))]
    const others = waysHere(panel).filter((way) => way !== mode)
    return [
      element('h3', { tabindex: -1, 'data-focus-first': true }, texts.get(`comfy.${mode}_title`)),
      ...CONTENT[mode](panel, known, go),
      others.length > 0 && element('div', { class: 'form-links' }, ...others.map((way) =>
        linkButton(texts.get(`comfy.${way}_instead`), () => go(way), `comfy-way-${way}`)))
    ]
  }
  const part = livePart(content)
  // What is being asked, or waited for, stays.
  const update = () => {
    if (!part.element.querySelector(UNDER_WAY)) part.update()
  }
  lookAgainOnReturn(part.element, update)
  return {
    element: part.element,
    update,
    /** @param {string} invitation that a link has brought */
    invite(invitation) {
      known = { ...known, invitation }
      part.draw()
    }
  }
}
