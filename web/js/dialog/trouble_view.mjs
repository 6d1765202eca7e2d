/** What stands in the dialog while the server has said nothing yet, or cannot help. */
import { actionButton, notice, quiet, sentenceOf } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'

/** @param {Passport.DialogPanel} panel */
export function troubleView(panel) {
  const { texts, state } = panel
  const { situation } = state
  const heading = element('h2', { tabindex: -1, 'data-focus-first': true, 'data-part': 'heading' },
    texts.get(`${situation}.title`))
  if (!state.error) return [heading, quiet(texts.get('loading.text'))]
  const retry = actionButton(texts.get('general.try_again'), 'primary', async () => {
    await state.refresh()
    if (state.error) panel.announce(texts.get('spoken.still_no_answer'))
  }, { 'data-part': 'retry' })
  const cause = situation === 'unavailable'
    ? sentenceOf(texts, state.error)
    : texts.get(`errors.${state.error.code}`)
  return [
    heading,
    notice('error', '', cause, element('p', {}, texts.get(`${situation}.what_to_do`))),
    quiet(texts.get('general.comfyui_itself_works')),
    element('div', { class: 'buttons' }, retry)
  ]
}
