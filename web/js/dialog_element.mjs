/** The dialog that every door opens: the account, its key, node packs, the Doctor. */
import { element, fill, icon } from './dom.mjs'
import { doctorPart } from './doctor_part.mjs'
import { leavingPart, signedInView } from './signed_in_view.mjs'
import { nodePacksPart } from './node_packs_part.mjs'
import { signedOutView, troubleView } from './signed_out_view.mjs'
import { markTone } from './styles.mjs'

/**
 * ComfyUI listens to these on the document and the window: typing must not run its shortcuts,
 * pasting must not paste nodes, and a click in here is no click outside its own dialogs.
 */
const KEPT_INSIDE = ['keydown', 'keyup', 'keypress', 'paste', 'copy', 'cut', 'pointerdown',
  'mousedown', 'touchstart', 'wheel', 'contextmenu', 'focusin', 'focusout', 'drop', 'dragover']

/** @param {Passport.DialogPanel} panel */
function accountView(panel) {
  const { situation, status } = panel.state
  if (situation === 'loading' || situation === 'routes_missing' || situation === 'unavailable') {
    return troubleView(panel, situation)
  }
  return status?.signed_in ? signedInView(panel, status) : signedOutView(panel)
}

/** @param {Passport.DialogPanel} panel */
function headline(panel) {
  const text = element('span', { class: 'headline-text' })
  const button = element('button', { type: 'button', class: 'headline', 'data-part': 'headline' })
  return {
    button,
    /** @param {{ state: Passport.Check['state'] | 'checking', text: string }} finding */
    tell({ state, text: sentence }) {
      const name = ({ checking: 'clock', ok: 'check', skipped: 'check', warn: 'warning', fail: 'error' })[state]
      text.textContent = sentence
      button.className = `headline ${state}`
      button.title = sentence
      button.replaceChildren(icon(/** @type {'clock'} */ (name)),
        element('span', { class: 'spoken' }, `${panel.texts.get('doctor.title')}: `), text)
    }
  }
}

/**
 * @param {PassportDialogElement} host
 * @param {Passport.Panel} base
 */
function buildDialog(host, base) {
  const { texts, state } = base
  const spoken = element('p', { class: 'spoken', role: 'status' })
  const complaint = element('div', { class: 'complaint', role: 'alert' })
  /** @type {Passport.DialogPanel} */
  const panel = {
    ...base,
    announce: (sentence) => {
      complaint.replaceChildren()
      spoken.textContent = sentence
    },
    complain: (sentence) => complaint.replaceChildren(icon('error'), element('span', {}, sentence)),
    close: () => host.close()
  }
  const account = element('div', { class: 'account' })
  const packs = nodePacksPart(panel)
  const leaving = leavingPart(panel)
  const { button, tell } = headline(panel)
  const doctor = doctorPart(panel, tell)
  button.addEventListener('click', doctor.reveal)

  const render = () => {
    const { status } = state
    const signedIn = status?.signed_in ?? false
    fill(account, ...accountView(panel))
    packs.show(signedIn)
    leaving.show(signedIn, status?.session?.shared_computer ?? false)
  }
  const dialog = element('dialog', { 'aria-labelledby': 'title' },
    element('div', { class: 'frame' },
      element('header', { class: 'top' },
        icon('passport'),
        element('div', { class: 'top-text' }, element('h1', { id: 'title' }, texts.get('general.passport')), button),
        element('button', {
          type: 'button', class: 'close', 'data-part': 'close', 'aria-label': texts.get('general.close'),
          onclick: () => host.close()
        }, icon('close'))),
      element('div', { class: 'body' }, account, packs.element, doctor.element, leaving.element),
      complaint, spoken))
  return { dialog, render, packs, doctor, examine: () => void doctor.examine(false) }
}

export class PassportDialogElement extends HTMLElement {
  /** @type {Passport.Panel | null} */
  panel = null
  /** What to show first: "node_packs", "doctor", or "" for the account. */
  firstPart = ''
  /** @type {CSSStyleSheet[]} */
  sheets = []
  /** @type {HTMLDialogElement | null} */
  #dialog = null
  /** @type {(() => void) | null} */
  #render = null

  connectedCallback() {
    if (!this.panel) return
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = this.sheets
    const { dialog, render, packs, doctor, examine } = buildDialog(this, this.panel)
    this.#dialog = dialog
    this.#render = render
    for (const name of KEPT_INSIDE) this.addEventListener(name, (event) => event.stopPropagation())
    root.append(dialog)
    dialog.addEventListener('close', () => this.remove())
    dialog.addEventListener('mousedown', (event) => event.target === dialog && dialog.close())
    render()
    dialog.showModal()
    markTone(dialog)
    this.panel.state.addEventListener('change', render)
    void this.panel.state.refresh()
    examine()
    this.#focusFirst()
    if (this.firstPart === 'node_packs') void packs.refresh().then(packs.reveal)
    if (this.firstPart === 'doctor') doctor.reveal()
  }

  disconnectedCallback() {
    if (this.#render) this.panel?.state.removeEventListener('change', this.#render)
    this.dispatchEvent(new Event('closed'))
  }

  close() {
    this.#dialog?.close()
  }

  #focusFirst() {
    const root = this.shadowRoot
    const first = root?.querySelector('[data-part="key"]') ?? root?.querySelector('[data-focus-first]')
    if (first instanceof HTMLElement) first.focus()
  }
}

export function defineDialog() {
  if (!customElements.get('passport-dialog')) {
    customElements.define('passport-dialog', PassportDialogElement)
  }
}
