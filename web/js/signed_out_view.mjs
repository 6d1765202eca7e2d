/** What somebody sees who is not logged in: the form, or why Passport does not answer. */
import { actionButton, notice, sentenceOf } from './controls.mjs'
import { element, icon } from './dom.mjs'
import { keyForm } from './key_form.mjs'

/** @param {Passport.DialogPanel} panel */
function sharedComputerChoice({ texts }) {
  const box = element('input', {
    type: 'checkbox', id: 'shared', 'data-part': 'shared', 'aria-describedby': 'shared-explanation'
  })
  const choice = element('div', { class: 'choice' }, box,
    element('div', {},
      element('label', { for: 'shared' }, texts.get('log_in.this_is_a_shared_computer')),
      element('p', { id: 'shared-explanation', class: 'muted' }, texts.get('log_in.shared_explanation'))))
  return { box, choice }
}

/** @param {Passport.DialogPanel} panel */
function machineKeyNotice({ texts, state }) {
  if (state.situation !== 'machine') return null
  const mask = state.status?.run.mask ?? ''
  return notice('info', texts.get('machine.this_machine_has_a_default_key'),
    texts.get('machine.explanation', { mask }))
}

/** @param {Passport.DialogPanel} panel */
function form(panel) {
  const { box, choice } = sharedComputerChoice(panel)
  return keyForm(panel, { label: 'log_in.log_in', spoken: 'logged_in', more: choice },
    (key, more) => panel.calls.logIn({ api_key: key, shared_computer: box.checked, ...more }))
}

/** @param {Passport.DialogPanel} panel */
export function signedOutView(panel) {
  const { texts, state } = panel
  const method = state.status?.methods.find(({ id }) => id === 'api-key')
  const closed = method && !method.enabled
  return [
    element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' },
      texts.get('log_in.log_in_to_this_server')),
    element('p', { class: 'muted' }, texts.get('log_in.introduction')),
    machineKeyNotice(panel),
    closed
      ? notice('warning', texts.get('log_in.not_possible_here'),
        texts.find(`reasons.${method.reason}`) ?? texts.get('log_in.see_the_doctor'))
      : form(panel),
    element('p', { class: 'promise muted' }, icon('key'), texts.get('log_in.promise'))
  ]
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {'loading' | 'routes_missing' | 'unavailable'} situation
 */
export function troubleView(panel, situation) {
  const { texts, state } = panel
  const heading = element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' },
    texts.get(`${situation}.title`))
  if (situation === 'loading') return [heading, element('p', { class: 'muted' }, texts.get('loading.text'))]
  const retry = actionButton(texts.get('general.try_again'), 'primary', async () => {
    await state.refresh()
    if (state.error) panel.announce(texts.get('spoken.still_no_answer'))
  }, { 'data-part': 'retry' })
  const cause = situation === 'unavailable'
    ? sentenceOf(texts, state.error)
    : texts.get(`errors.${state.error?.code}`)
  return [
    heading,
    notice('error', '', cause, element('p', {}, texts.get(`${situation}.what_to_do`))),
    element('p', { class: 'muted' }, texts.get('general.comfyui_itself_works')),
    element('div', { class: 'buttons' }, retry)
  ]
}
