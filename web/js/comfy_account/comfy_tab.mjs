/** Logging in to this server with a Comfy account. */
import { quiet, sentenceOf } from '../controls/buttons.mjs'
import { element, fill } from '../dom.mjs'

/**
 * Fetched when it is shown: most people log in another way.
 * @param {Passport.DialogPanel} panel
 */
export function comfyTab(panel) {
  const { texts } = panel
  const place = element('div', { class: 'part' }, quiet(texts.get('loading.text')))
  /** @type {ReturnType<import('./ways_part.mjs').waysPart> | null} */
  let ways = null
  let invitation = ''

  const load = async () => {
    const [{ comfyPanel }, { waysPart }] = await Promise.all([import('./comfy_panel.mjs'), import('./ways_part.mjs')])
    ways = waysPart(comfyPanel(panel))
    if (invitation) ways.invite(invitation)
    fill(place, quiet(texts.get('comfy.introduction')), ways.element)
  }
  load().catch((error) => fill(place, quiet(sentenceOf(texts, error))))
  return {
    element: place,
    update: () => ways?.update(),
    /** @param {Passport.Destination} destination */
    show({ part, code = '' }) {
      if (part !== 'invite') return
      invitation = code
      ways?.invite(code)
    }
  }
}
