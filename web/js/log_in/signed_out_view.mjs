/** What somebody sees who is not logged in: the ways to log in that work here, and why others do not. */
import { linkButton, notice, quiet } from '../controls/buttons.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { icon } from '../controls/icons.mjs'
import { identityName, isProvider } from '../controls/identity_name.mjs'
import { livePart } from '../controls/live_part.mjs'
import { tabs } from '../controls/tabs.mjs'
import { comfyTab } from '../comfy_account/comfy_tab.mjs'
import { foldedDoctor } from '../dialog/doctor_part.mjs'
import { element } from '../dom.mjs'
import { emailTab } from './email_tab.mjs'
import { apiKeyTab } from './api_key_tab.mjs'
import { providerTab } from './provider_tab.mjs'

/**
 * @typedef {object} LogInTab
 * @property {HTMLElement} element
 * @property {() => void} update
 * @property {(destination: Passport.Destination) => void} show
 *
 * @typedef {(panel: Passport.DialogPanel, method: Passport.LoginMethod, goTo: (id: string) => void) => LogInTab} MakeTab
 */

/** What else a server offers, a newer panel will know. @type {Record<string, MakeTab>} */
const TAB_OF = {
  email: emailTab,
  comfy: comfyTab,
  'api-key': apiKeyTab
}

/** @param {string} id */
const makerOf = (id) => isProvider(id) ? providerTab : TAB_OF[id]

/** @param {Passport.DialogPanel} panel */
function machineKeyNotice({ texts, state }) {
  if (state.situation !== 'machine') return []
  const mask = state.status?.run.mask ?? ''
  return [notice('info', texts.get('machine.this_machine_has_a_default_key'),
    texts.get('machine.explanation', { mask }))]
}

/**
 * Why a method does not work here, in the place of its form, and what does.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 * @param {string} name
 * @param {(id: string) => void} goTo
 */
function closedNotice(panel, { id, reason }, name, goTo) {
  const { texts, state: { status } } = panel
  const ofProvider = isProvider(id) ? texts.find(`provider_reasons.${reason}`) : null
  const text = ofProvider ?? texts.find(`reasons.${reason}`) ?? texts.get('log_in.see_the_doctor')
  const remedy = texts.find(`reasons.${reason}_remedy`)
  const title = texts.find(`log_in.not_possible_here_${id}`) ?? texts.get('log_in.not_possible_here', { name })
  const other = status && firstToShow(status)
  return notice('warning', title, text, remedy && element('p', {}, remedy),
    other && element('p', {}, linkButton(texts.get('log_in.instead', { name: tabName(panel, other.id) }),
      () => goTo(other.id), `instead-of-${id}`)))
}

/**
 * The way that the server names first; one that works here, if any does.
 * @param {Passport.Status} status
 */
function firstToShow({ methods, preferred_method: preferred }) {
  const working = methods.filter(({ id, enabled }) => enabled && makerOf(id))
  return working.find(({ id }) => id === preferred) ?? working[0]
}

/** @param {Passport.DialogPanel} panel @param {string} id */
function tabName(panel, id) {
  return panel.texts.find(`log_in.by_${id}`) ?? identityName(panel, id)
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 * @param {(id: string) => void} goTo
 */
function methodPart(panel, method, goTo) {
  const { id } = method
  const label = tabName(panel, id)
  const form = method.enabled ? makerOf(id)(panel, method, goTo) : null
  return {
    form,
    tab: {
      id,
      label,
      muted: form ? '' : panel.texts.get('log_in.not_here'),
      panel: element('div', {}, form?.element ?? closedNotice(panel, method, label, goTo))
    }
  }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 * @param {import('../dialog/doctor_part.mjs').Doctor} doctor
 * @returns {Passport.View}
 */
export function signedOutView(panel, status, doctor) {
  const { texts } = panel
  /** @param {string} id */
  const goTo = (id) => {
    methodTabs.choose(id)
    const chosen = parts.find(({ tab }) => tab.id === id)
    if (chosen) focusFirstField(chosen.tab.panel)
  }
  const parts = status.methods.filter(({ id }) => makerOf(id)).map((method) => methodPart(panel, method, goTo))
  const machine = livePart(() => machineKeyNotice(panel))
  const folded = foldedDoctor(texts, doctor)
  const methodTabs = tabs(texts.get('log_in.ways_to_log_in'), parts.map(({ tab }) => tab))
  methodTabs.choose((firstToShow(status) ?? status.methods[0]).id)
  methodTabs.list.hidden = parts.length < 2
  const view = element('div', { class: 'view' },
    element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' },
      texts.get('log_in.log_in_to_this_server')),
    quiet(texts.get('log_in.introduction')),
    machine.element,
    element('div', { class: 'methods' }, methodTabs.list, ...parts.map(({ tab }) => tab.panel)),
    folded.element,
    element('p', { class: 'promise muted' }, icon('key'), texts.get('log_in.promise')))
  return {
    element: view,
    update() {
      machine.update()
      for (const { form } of parts) form?.update()
    },
    show(destination) {
      for (const { form } of parts) form?.show(destination)
      // A link to a new password needs the mail address; an invitation is good for other ways, too.
      const isForEmail = destination.part !== 'invite' || parts.some(({ form, tab }) => form && tab.id === 'email')
      if (destination.code && isForEmail) methodTabs.choose('email')
      focusFirstField(view)
    },
    revealDoctor: folded.reveal
  }
}
