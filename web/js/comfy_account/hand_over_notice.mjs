/** On the first section: ComfyUI's own log-in can be used here, or is being used until it runs out. */
import { notice } from '../controls/buttons.mjs'
import { livePart } from '../controls/live_part.mjs'
import { comfyMethod, comfyPanel, lookAgainOnReturn } from './comfy_panel.mjs'
import { tokenLine } from './handed_over.mjs'
import { handOverPart } from './hand_over_part.mjs'

/**
 * @param {Passport.DialogPanel} plain
 * @returns {Passport.Part}
 */
export function handOverNotice(plain) {
  const panel = comfyPanel(plain)
  const { texts, state } = panel
  const part = livePart(() => {
    const { credential } = state.status ?? {}
    const isToken = credential?.kind === 'id-token'
    const logIn = panel.frontend()
    return [
      isToken && notice('info', texts.get('comfy.log_in_itself_is_used'), tokenLine(texts, credential)),
      logIn && handOverPart(panel, logIn, {
        needsConfirmation: comfyMethod(panel)?.needs_confirmation ?? false,
        title: 'comfy.logged_in_to_comfyui_as', text: isToken ? 'comfy.renews' : 'comfy.gives_a_key'
      })
    ]
  })
  lookAgainOnReturn(part.element, part.update)
  return part
}
