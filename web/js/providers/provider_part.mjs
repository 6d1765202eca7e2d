/**
 * Proving at another service who you are: in a window of its own, or by a code that is entered there.
 * The same part logs in, links a way to log in, and proves that it is still you.
 */
import { actionButton, notice, sentenceOf } from '../controls/buttons.mjs'
import { identityName } from '../controls/identity_name.mjs'
import { insecureConfirmation } from '../controls/key_form.mjs'
import { element, fill, focusedWithin, focusPart } from '../dom.mjs'
import { CallError } from '../server_call.mjs'
import { openWindow, windowWay } from './window_way.mjs'

/** What the server says where it wants a fresh proof. */
const REQUIRED = 'reauthentication_required'

/**
 * @typedef {object} Errand
 * @property {Passport.Purpose} purpose
 * @property {string} label of the button
 * @property {(Node | null)[]} [content] stands above the button
 * @property {Node} [beside] stands at the button's right
 * @property {() => boolean} [isFilled] whether what has to be filled in is
 * @property {() => Partial<Passport.ProviderErrand>} [fields] what the server is told besides
 * @property {() => Promise<boolean>} [isDone] asked when somebody comes back to this page
 * @property {<Begun>(begin: () => Promise<Begun>) => Promise<Begun | null>} [proven] begins it once the person has
 *   proved that it is them; null when they have thought better of it
 * @property {(errand: Passport.ProviderErrand) => Promise<void>} finished
 * @property {(error: Passport.Error, sentence: string, again: (more: Partial<Passport.ProviderErrand>) =>
 *   Promise<void>) => import('../dom.mjs').Child | true} [refused] what can be done about it; true: all is said
 */

/** @typedef {(told: Passport.ProviderErrand) => Promise<import('./under_way.mjs').UnderWay | null>} Begin */

/**
 * What went wrong there, and what to do.
 * @param {Passport.Texts} texts
 * @param {Passport.Error} error
 * @param {string} name the provider's
 */
function troubleOf(texts, error, name) {
  const { code } = error
  const isKnown = texts.find(`provider_errors.${code}`)
  return {
    sentence: isKnown ? texts.get(`provider_errors.${code}`, { name }) : sentenceOf(texts, error),
    remedy: texts.find(`provider_errors.${code}_remedy`) && texts.get(`provider_errors.${code}_remedy`, { name })
  }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 * @param {Errand} errand
 */
export function providerPart(panel, method, errand) {
  const { texts, calls } = panel
  const { id: provider, ways = [], needs_confirmation: needsConfirmation } = method
  const { purpose } = errand
  const name = identityName(panel, provider)
  const hasWindow = ways.includes('redirect')
  // A window comes back over a connection that nobody can read.
  const insecure = insecureConfirmation(texts, needsConfirmation && !hasWindow, 'log_in')
  const problem = element('div', { class: 'part', role: 'alert' })
  const place = element('div', { class: 'part' })

  const inWindow = async (/** @type {Passport.ProviderErrand} */ told) => {
    const opening = () => openWindow(texts.get('providers.opening', { name }))
    const begin = () => calls.startRedirect(provider, told)
    let opened = opening()
    const begun = await begin().catch(async (error) => {
      opened?.close()
      if (error.code !== REQUIRED || !errand.proven) throw error
      const proved = await errand.proven(begin)
      opened = proved && opening()
      return proved
    })
    return begun && windowWay(panel, { name, isDone: errand.isDone }, opened, begun)
  }
  const byCode = async (/** @type {Passport.ProviderErrand} */ told) => {
    const begin = () => calls.startCode(provider, { ...told, ...insecure.fields() })
    const begun = await (errand.proven ? errand.proven(begin) : begin())
    if (!begun) return null
    const { codeWay } = await import('./code_way.mjs')
    return codeWay(panel, { provider, name }, begun)
  }

  /** Shows the buttons again; the focus comes back to them from what stood there. */
  const comeBack = () => {
    const hadFocus = focusedWithin(place)
    start.hidden = false
    place.replaceChildren()
    if (hadFocus) focusPart(start, 'submit')
  }

  /** @param {Begin} begin @param {Passport.ProviderErrand} told */
  const follow = async (begin, told) => {
    const way = await begin(told)
    if (!way) return
    start.hidden = true
    fill(place, way.element)
    focusPart(place)
    if (await way.outcome === 'done') await errand.finished(told)
    comeBack()
  }

  /** @param {Begin} begin @param {Partial<Passport.ProviderErrand>} [more] */
  const attempt = async (begin, more) => {
    if (errand.isFilled?.() === false) return
    if (begin === byCode && needsConfirmation && !insecure.fields().accept_insecure) return insecure.ask()
    problem.replaceChildren()
    try {
      await follow(begin, { purpose, ...errand.fields?.(), ...more })
    } catch (error) {
      comeBack()
      // A module that could not be fetched has no code.
      refuse(error instanceof CallError ? error : new CallError('unknown'), begin)
    }
  }

  /** @param {Passport.Error} error @param {Begin} begin */
  const refuse = (error, begin) => {
    if (begin === byCode && error.code === 'insecure_connection') return insecure.ask()
    const { sentence, remedy } = troubleOf(texts, error, name)
    const offer = errand.refused?.(error, sentence, (more) => attempt(begin, more))
    if (offer !== true) fill(problem, notice('error', '', sentence, remedy && element('p', {}, remedy), offer))
  }

  const primary = hasWindow
    ? actionButton(errand.label, 'primary', () => attempt(inWindow), { 'data-part': 'submit' })
    : actionButton(texts.get('providers.get_a_code', { name }), 'primary', () => attempt(byCode), { 'data-part': 'submit' })
  const other = hasWindow && ways.includes('device') && actionButton(texts.get('providers.use_a_code'), 'quiet',
    () => attempt(byCode), { 'data-part': 'use-a-code' })
  const start = element('div', { class: 'form' }, ...(errand.content ?? []), insecure.element, problem,
    element('div', { class: 'buttons' }, primary, other, errand.beside))
  return { element: element('div', { class: 'part' }, start, place) }
}
