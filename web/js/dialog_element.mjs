/** The dialog that every door opens: the account, its key, node packs, the Doctor. */
import { notice } from './controls.mjs'
import { doctorPart } from './doctor_part.mjs'
import { element, fill, focusPart, icon, markTone } from './dom.mjs'
import { nodePacksPart } from './node_packs_part.mjs'
import { leavingPart, signedInView } from './signed_in_view.mjs'
import { signedOutView, troubleView } from './signed_out_view.mjs'

/**
 * ComfyUI listens to these on the document and the window: typing must not run its shortcuts,
 * pasting must not paste nodes, and a click in here is no click outside its own dialogs.
 */
const KEPT_INSIDE = ['keydown', 'keyup', 'keypress', 'paste', 'copy', 'cut', 'pointerdown',
  'mousedown', 'touchstart', 'wheel', 'contextmenu', 'focusin', 'focusout', 'drop', 'dragover']

const HEADLINE_ICON = /** @type {const} */ ({
  checking: 'clock', ok: 'check', skipped: 'check', warn: 'warning', fail: 'error'
})

/** @param {Passport.DialogPanel} panel */
function accountView(panel) {
  const { situation, status } = panel.state
  if (situation === 'loading' || situation === 'routes_missing' || situation === 'unavailable') {
    return troubleView(panel, situation)
  }
  return status?.signed_in ? signedInView(panel, status) : signedOutView(panel)
}

/**
 * The line under the title that names the Doctor's most important finding.
 * @param {Passport.Panel} panel
 */
function headline({ texts }) {
  const button = element('button', { type: 'button', 'data-part': 'headline' })
  return {
    button,
    /** @type {Passport.TellHeadline} */
    tell(state, sentence) {
      button.className = `headline ${state}`
      button.title = sentence
      button.replaceChildren(icon(HEADLINE_ICON[state]),
        element('span', { class: 'spoken' }, `${texts.get('doctor.title')}: `),
        element('span', { class: 'headline-text' }, sentence))
    }
  }
}

/** @param {Passport.OpenPanel} open */
function buildDialog(open) {
  const { texts, state } = open
  const spoken = element('p', { class: 'spoken', role: 'status' })
  const complaint = element('div', { class: 'complaint', role: 'alert' })
  const account = element('div', { class: 'account' })
  /** @type {Passport.DialogPanel} */
  const panel = {
    ...open,
    announce(sentence) {
      complaint.replaceChildren()
      spoken.textContent = sentence
    },
    complain: (sentence) => complaint.replaceChildren(icon('error'), element('span', {}, sentence)),
    keyAction: 'none',
    act(action, part) {
      panel.keyAction = action
      draw()
      focusPart(account, part)
    }
  }
  const packs = nodePacksPart(panel)
  const leaving = leavingPart(panel)
  const { button, tell } = headline(panel)
  const doctor = doctorPart(panel, tell)
  const draw = () => {
    const warnings = state.status?.warnings ?? []
    fill(account, ...warnings.map(({ code, message }) =>
      notice('warning', '', texts.find(`warnings.${code}`) ?? message)), ...accountView(panel))
  }
  /** @type {boolean | null} */
  let wasSignedIn = null

  const render = () => {
    const { error, status } = state
    const signedIn = Boolean(status?.signed_in)
    const same = signedIn === wasSignedIn && !error
    wasSignedIn = signedIn
    // News from the server must not take a half-typed key away.
    if (!same || !account.querySelector('input')?.value) draw()
    if (!same) void doctor.examine()
    packs.show(signedIn)
    leaving.show(signedIn, Boolean(status?.session?.shared_computer))
  }

  button.addEventListener('click', doctor.reveal)
  const close = element('button', {
    type: 'button', class: 'close', 'data-part': 'close', 'aria-label': texts.get('general.close'),
    onclick: () => dialog.close()
  }, icon('close'))
  const dialog = element('dialog', { 'aria-labelledby': 'title' },
    element('div', { class: 'frame' },
      element('div', { class: 'top' },
        icon('passport'),
        element('div', { class: 'top-text' },
          element('h1', { id: 'title' }, texts.get('general.passport')), button),
        close),
      element('div', { class: 'body' }, account, packs.element, doctor.element, leaving.element),
      complaint, spoken))
  return { dialog, render, account, packs }
}

export class PassportDialogElement extends HTMLElement {
  /** @type {Passport.OpenPanel | null} */
  panel = null
  onClosed = () => {}
  #render = () => {}

  connectedCallback() {
    const { panel } = this
    if (!panel) return
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [panel.sheet]
    const { dialog, render, account, packs } = buildDialog(panel)
    for (const name of KEPT_INSIDE) this.addEventListener(name, (event) => event.stopPropagation())
    dialog.addEventListener('close', () => this.remove())
    // A press on the backdrop has the dialog itself as its target.
    dialog.addEventListener('mousedown', (event) => event.target === dialog && dialog.close())
    root.append(dialog)
    render()
    dialog.showModal()
    markTone(dialog)
    focusPart(account, 'key')
    this.#render = render
    panel.state.addEventListener('change', render)
    void panel.state.refresh()
    if (panel.firstPart === 'node_packs') void packs.refresh().then(packs.reveal)
  }

  disconnectedCallback() {
    this.panel?.state.removeEventListener('change', this.#render)
    this.onClosed()
  }
}

/**
 * @param {Passport.OpenPanel} panel
 * @param {() => void} onClosed
 */
export function createDialog(panel, onClosed) {
  if (!customElements.get('passport-dialog')) {
    customElements.define('passport-dialog', PassportDialogElement)
  }
  const dialog = /** @type {PassportDialogElement} */ (document.createElement('passport-dialog'))
  return Object.assign(dialog, { panel, onClosed })
}
