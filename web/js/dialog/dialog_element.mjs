/** The dialog that every door opens: logging in, the account, its key, the Doctor. */
import { notice } from '../controls/buttons.mjs'
import { hold } from '../controls/hold.mjs'
import { icon } from '../controls/icons.mjs'
import { livePart } from '../controls/live_part.mjs'
import { element, fetchStyleSheet, focusPart, markTone } from '../dom.mjs'
import { dialogCalls } from './calls.mjs'
import { doctorPart } from './doctor_part.mjs'
import { linkPart } from './link_part.mjs'
import { viewSwitch } from './view_switch.mjs'
import { headline, voices } from './voices.mjs'

export const dialogSheet = fetchStyleSheet('dialog/dialog.css')

/**
 * ComfyUI listens to these on the document and the window: typing must not run its shortcuts,
 * pasting must not paste nodes, and a click in here is no click outside its own dialogs.
 */
const KEPT_INSIDE = ['keydown', 'keyup', 'keypress', 'paste', 'copy', 'cut', 'pointerdown',
  'mousedown', 'touchstart', 'wheel', 'contextmenu', 'focusin', 'focusout', 'drop', 'dragover']

/** @param {Passport.DialogPanel} panel */
function serverWarnings({ texts, state }) {
  const warnings = state.status?.warnings ?? []
  return warnings.map(({ code, message }) => notice('warning', '', texts.find(`warnings.${code}`) ?? message))
}

/** @param {Passport.OpenPanel} open */
function buildDialog(open) {
  const { texts } = open
  const { announce, complain, ...voice } = voices()
  /** @type {Passport.DialogPanel} */
  const panel = {
    ...open, calls: dialogCalls(open.call), announce, complain, hold: hold(), lay: (box) => dialog.append(box)
  }
  const { button, tell } = headline(texts)
  const doctor = doctorPart(panel, tell)
  const warnings = livePart(() => serverWarnings(panel))
  const link = linkPart(panel)
  const views = viewSwitch(panel, doctor)
  /** @type {Passport.Destination | null} */
  let destination = open.destination

  /** Only what the server says of this browser tells where a link leads. */
  const goThere = () => {
    if (!destination || !views.view) return
    if (!link.show(destination)) views.view.show(destination)
    destination = null
  }

  const render = () => {
    warnings.update()
    if (views.update()) void doctor.examine()
    goThere()
  }

  button.addEventListener('click', () => panel.hold.beforeLeaving(() => views.view?.revealDoctor()))
  const leave = () => panel.hold.beforeLeaving(() => dialog.close())
  // Kept from the browser, which lets a page stop its closing by Escape only once.
  const stayOrLeave = (/** @type {Event} */ event) => {
    if (!panel.hold.isTaken) return
    event.preventDefault()
    leave()
  }
  const close = element('button', {
    type: 'button', class: 'close', 'data-part': 'close', 'aria-label': texts.get('general.close'),
    onclick: leave
  }, icon('close'))
  const dialog = element('dialog', { 'aria-labelledby': 'title', tabindex: -1 },
    element('div', { class: 'frame' },
      element('div', { class: 'top' },
        icon('passport'),
        element('div', { class: 'top-text' },
          element('h1', { id: 'title' }, texts.get('general.passport')), button),
        close),
      views.nav,
      element('div', { class: 'body' }, warnings.element, link.element, ...views.elements),
      ...voice.elements))
  dialog.addEventListener('cancel', stayOrLeave)
  dialog.addEventListener('keydown', (event) => event.key === 'Escape' && stayOrLeave(event))
  // A press on the backdrop has the dialog itself as its target.
  dialog.addEventListener('mousedown', (event) => {
    if (event.target !== dialog) return
    // The press would take the focus from what is asked now.
    event.preventDefault()
    leave()
  })
  return {
    dialog,
    render,
    /** @param {Passport.Destination} next */
    show(next) {
      destination = next
      goThere()
    }
  }
}

export class PassportDialogElement extends HTMLElement {
  /** @type {Passport.OpenPanel | null} */
  panel = null
  onClosed = () => {}
  #render = () => {}
  /** Shows a part of the open dialog. @type {(destination: Passport.Destination) => void} */
  show = () => {}

  /**
   * The focus is nowhere once what had it is gone: a key is for the dialog then, too, and ComfyUI,
   * which would keep an Escape from the browser, does not hear of it.
   * @param {KeyboardEvent} event
   */
  #takeKey = (event) => {
    if (event.target !== document.body) return
    event.stopPropagation()
    const uppermost = [...this.shadowRoot?.querySelectorAll('dialog[open]') ?? []].at(-1)
    if (!uppermost?.dispatchEvent(new KeyboardEvent('keydown', event))) event.preventDefault()
  }

  connectedCallback() {
    const { panel } = this
    if (!panel) return
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = panel.sheets
    const { dialog, render, show } = buildDialog(panel)
    for (const name of KEPT_INSIDE) this.addEventListener(name, (event) => event.stopPropagation())
    dialog.addEventListener('close', () => this.remove())
    root.append(dialog)
    dialog.showModal()
    focusPart(dialog, 'close')
    render()
    markTone(dialog)
    this.show = show
    this.#render = render
    panel.state.addEventListener('change', render)
    window.addEventListener('keydown', this.#takeKey, true)
    void panel.state.refresh()
  }

  disconnectedCallback() {
    this.panel?.state.removeEventListener('change', this.#render)
    window.removeEventListener('keydown', this.#takeKey, true)
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
