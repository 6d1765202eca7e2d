/** What somebody sees who is not logged in: the ways to log in that work here, and why others do not. */
import { notice, quiet } from '../controls/buttons.mjs'
import { focusFirstField } from '../controls/first_field.mjs'
import { icon } from '../controls/icons.mjs'
import { livePart } from '../controls/live_part.mjs'
import { tabs } from '../controls/tabs.mjs'
import { foldedDoctor } from '../dialog/doctor_part.mjs'
import { element } from '../dom.mjs'
import { emailTab } from './email_tab.mjs'
import { apiKeyTab } from './api_key_tab.mjs'

/** In the order of their tabs. What else a server offers, a newer panel will know. */
const TAB_OF = { email: emailTab, 'api-key': apiKeyTab }

/** @param {Passport.DialogPanel} panel */
function machineKeyNotice({ texts, state }) {
  if (state.situation !== 'machine') return []
  const mask = state.status?.run.mask ?? ''
  return [notice('info', texts.get('machine.this_machine_has_a_default_key'),
    texts.get('machine.explanation', { mask }))]
}

/**
 * Why a method does not work here, in the place of its form.
 * @param {Passport.Texts} texts
 * @param {Passport.LoginMethod} method
 */
function closedNotice(texts, { id, reason }) {
  const text = texts.find(`reasons.${reason}`) ?? texts.get('log_in.see_the_doctor')
  const remedy = texts.find(`reasons.${reason}_remedy`)
  return notice('warning', texts.get(`log_in.not_possible_here_${id}`), text, remedy && element('p', {}, remedy))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 */
function methodPart(panel, method) {
  const id = /** @type {keyof typeof TAB_OF} */ (method.id)
  const form = method.enabled ? TAB_OF[id](panel) : null
  return {
    form,
    tab: {
      id,
      label: panel.texts.get(`log_in.by_${id}`),
      muted: form ? '' : panel.texts.get('log_in.not_here'),
      panel: element('div', {}, form?.element ?? closedNotice(panel.texts, method))
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
  const parts = Object.keys(TAB_OF)
    .flatMap((id) => status.methods.find((method) => method.id === id) ?? [])
    .map((method) => methodPart(panel, method))
  const machine = livePart(() => machineKeyNotice(panel))
  const folded = foldedDoctor(texts, doctor)
  const methodTabs = tabs(texts.get('log_in.ways_to_log_in'), parts.map(({ tab }) => tab))
  methodTabs.choose((parts.find(({ form }) => form) ?? parts[0]).tab.id)
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
      if (destination.code) methodTabs.choose('email')
      focusFirstField(view)
    },
    revealDoctor: folded.reveal
  }
}
