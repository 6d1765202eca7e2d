/** Where people meet Passport outside its dialog: Settings and the top bar. */
import { needsAttention } from './account_state.mjs'
import { drawing, element, fill, markTone, PASSPORT_STROKES, styleSheet } from './dom.mjs'

/** The frontend's own user panel, where the documentation sends people. It has no API. */
const USER_PANEL = '.user-settings-container > div'
const BLOCK = 'passport-user-block'

/** @param {Passport.Panel} panel */
function sentenceFor({ texts, state: { status, situation } }) {
  const { display_name: name, email } = status?.account ?? {}
  return name || email
    ? texts.get('summary.signed_in_as', { name: name || email || '' })
    : texts.get(`summary.${situation}`)
}

/** @param {Passport.Panel} panel */
function lookOf({ state: { situation, status } }) {
  if (needsAttention(situation)) return 'attention'
  return status?.signed_in ? 'in' : 'out'
}

/** @param {Passport.Panel} panel */
function summaryRow(panel) {
  const { texts, state: { situation, error } } = panel
  const attention = texts.find(`attention.${situation}`)
  const out = situation === 'signed_out' || situation === 'machine'
  const label = error ? 'see_why' : out ? 'log_in_to_this_server' : 'manage'
  return [
    element('span', { class: `dot ${lookOf(panel)}`, 'aria-hidden': 'true' }),
    element('p', {}, sentenceFor(panel), attention && element('span', { class: 'attention' }, attention)),
    element('button', {
      type: 'button', class: 'button secondary', 'data-part': 'open', onclick: () => panel.open()
    }, texts.get(`summary.${label}`))
  ]
}

/** Draws itself anew whenever the account's state changes. */
export class PassportSummaryElement extends HTMLElement {
  /** @type {Passport.Panel | null} */
  panel = null
  titled = false
  #row = element('div', { class: 'summary' })
  #render = () => {
    if (this.panel) fill(this.#row, ...summaryRow(this.panel))
  }

  async connectedCallback() {
    if (!this.panel) return
    const { state, texts } = this.panel
    state.addEventListener('change', this.#render)
    this.#render()
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    const title = element('h3', {}, texts.get('summary.title'))
    const explanation = element('p', { class: 'muted' }, texts.get('summary.explanation'))
    root.adoptedStyleSheets = [await styleSheet]
    root.replaceChildren(...(this.titled ? [title, explanation] : []), this.#row)
    markTone(this)
  }

  disconnectedCallback() {
    this.panel?.state.removeEventListener('change', this.#render)
  }
}

/**
 * @param {Passport.Panel} panel
 * @param {boolean} titled with a heading of its own
 */
export function createSummary(panel, titled) {
  if (!customElements.get('passport-summary')) {
    customElements.define('passport-summary', PassportSummaryElement)
  }
  const summary = /** @type {PassportSummaryElement} */ (document.createElement('passport-summary'))
  return Object.assign(summary, { panel, titled, className: titled ? BLOCK : '' })
}

/** @param {Passport.Panel} panel */
export function watchUserPanel(panel) {
  const addBlock = () => {
    waiting = false
    const place = document.querySelector(USER_PANEL)
    if (place && !place.querySelector(`.${BLOCK}`)) place.append(createSummary(panel, true))
  }
  let waiting = false
  // The frontend changes many elements a second while it draws: look once per frame.
  new MutationObserver(() => {
    if (!waiting) requestAnimationFrame(addBlock)
    waiting = true
  }).observe(document.body, { childList: true, subtree: true })
}

/**
 * A button in the group that the frontend keeps for node packs, 1.18 to 1.58. Its own slot for
 * buttons (actionBarButtons, 1.32) cannot change what it says, so it is the second choice.
 * @param {Passport.Panel} panel
 * @returns {HTMLElement | null} what can take the focus
 */
export function addTopBarButton(panel) {
  const group = panel.app.menu?.settingsGroup?.element
  if (!group) return null
  const { texts, state } = panel
  const button = element('button', {
    type: 'button', 'data-part': 'top-bar', onclick: () => panel.open()
  })
  const host = element('span', { class: 'passport-top-bar' })
  const root = host.attachShadow({ mode: 'open', delegatesFocus: true })
  const render = () => {
    const label = [texts.get('general.passport'), sentenceFor(panel), texts.find(`attention.${state.situation}`)]
    button.className = `top-bar ${lookOf(panel)}`
    button.title = button.ariaLabel = label.filter(Boolean).join(': ')
    const short = texts.find(`top_bar.${state.situation}`)
    fill(button, drawing(PASSPORT_STROKES), element('span', { class: 'mark' }),
      short && element('span', { class: 'top-bar-label' }, short))
  }
  state.addEventListener('change', render)
  render()
  void styleSheet.then((sheet) => {
    root.adoptedStyleSheets = [sheet]
    root.append(button)
    markTone(button)
  })
  group.append(host)
  return host
}
