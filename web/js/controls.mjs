/** Buttons that do something, what people read when it fails, notices and links. */
import { element, icon } from './dom.mjs'

/**
 * A text for the error: ours by its code, else the server's own sentence.
 * @param {Passport.Texts} texts
 * @param {unknown} error
 */
export function sentenceOf(texts, error) {
  const { code = 'unknown', message = '' } = /** @type {{ code?: string, message?: string }} */ (
    error ?? {}
  )
  return texts.find(`errors.${code}`) ?? (message || texts.get('errors.unknown'))
}

/**
 * Runs `work` once: while it runs, further clicks do nothing. The button keeps the focus, which
 * a disabled one would lose.
 * @param {HTMLElement} button
 * @param {() => Promise<void>} work
 */
export async function busyWhile(button, work) {
  if (button.ariaBusy === 'true') return
  button.ariaBusy = 'true'
  button.ariaDisabled = 'true'
  try {
    await work()
  } finally {
    button.ariaBusy = null
    button.ariaDisabled = null
  }
}

/**
 * @param {string} label
 * @param {'primary' | 'secondary' | 'quiet' | 'danger'} kind
 * @param {(button: HTMLButtonElement) => Promise<void> | void} work
 * @param {import('./dom.mjs').Attributes} [attributes]
 */
export function actionButton(label, kind, work, attributes = {}) {
  const text = element('span', { class: 'label' }, label)
  const button = element('button', { type: 'button', class: `button ${kind}`, ...attributes }, text)
  button.addEventListener('click', () => void busyWhile(button, async () => work(button)))
  return button
}

/**
 * Does `work`, which changes the account and gives the sentence that screen readers hear
 * afterwards; refreshes every tab, or says what went wrong.
 * @param {Passport.DialogPanel} panel
 * @param {() => Promise<string>} work
 */
export async function change({ state, texts, announce, complain }, work) {
  try {
    const done = await work()
    await state.refreshEverywhere()
    announce(done)
  } catch (error) {
    complain(sentenceOf(texts, error))
    await state.refresh()
  }
}

/**
 * @param {'info' | 'warning' | 'error'} kind
 * @param {string} title
 * @param {string} text
 * @param {...Node} more
 */
export function notice(kind, title, text, ...more) {
  return element('div', { class: `notice ${kind}` },
    icon(kind === 'info' ? 'clock' : kind),
    element('div', { class: 'notice-text' },
      title && element('p', { class: 'notice-title' }, title),
      text && element('p', {}, text),
      ...more))
}

/**
 * A link that leaves for another site, and says so.
 * @param {Passport.Texts} texts
 * @param {string} href
 * @param {string} label
 */
export function outsideLink(texts, href, label) {
  return element('a', { href, target: '_blank', rel: 'noopener noreferrer', class: 'link' },
    label, icon('outside'),
    element('span', { class: 'spoken' }, texts.get('general.opens_in_a_new_tab')))
}
