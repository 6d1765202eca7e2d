/** Buttons that do something, what people read when it fails, cards, notices and links. */
import { element } from '../dom.mjs'
import { icon } from './icons.mjs'
import { timeOfDayIn } from './times.mjs'

let made = 0

/** For elements that name each other: no two in one dialog may share an id. */
export function newId() {
  return `passport-${++made}`
}

/**
 * A text for the error: ours by its code, else the server's own sentence.
 * @param {Passport.Texts} texts
 * @param {unknown} error
 */
export function sentenceOf(texts, error) {
  const { code = 'unknown', message = '', details = {} } =
    /** @type {Partial<Passport.Error>} */ (error ?? {})
  const seconds = Number(details.retry_after_seconds)
  if (code === 'too_many_tries' && seconds > 0) {
    return texts.get('general.too_many_tries', { time: timeOfDayIn(texts, seconds) })
  }
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
 * @param {import('../dom.mjs').Attributes} [attributes]
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
 * A button that looks like a link, in the middle of a sentence or under a form.
 * @param {string} label
 * @param {() => void} work
 * @param {string} [part]
 */
export function linkButton(label, work, part) {
  return element('button', { type: 'button', class: 'link', 'data-part': part, onclick: work }, label)
}

/**
 * A card. Its title takes the focus when what had it is gone.
 * @param {string} title
 * @param {...import('../dom.mjs').Child} children
 */
export function card(title, ...children) {
  return cardWith(title, null, ...children)
}

/**
 * @param {string} title
 * @param {import('../dom.mjs').Child} beside stands at the title's right
 * @param {...import('../dom.mjs').Child} children
 */
export function cardWith(title, beside, ...children) {
  const id = newId()
  return element('section', { class: 'card', 'aria-labelledby': id },
    element('div', { class: 'card-head' },
      element('h3', { id, tabindex: -1, 'data-focus-first': true }, title), beside),
    ...children)
}

/** @param {string} sentence */
export function quiet(sentence) {
  return element('p', { class: 'muted' }, sentence)
}

/**
 * @param {'good' | 'info' | 'warning' | 'error'} kind
 * @param {string} title
 * @param {string} text
 * @param {...import('../dom.mjs').Child} more
 */
export function notice(kind, title, text, ...more) {
  return element('div', { class: `notice ${kind}` },
    icon(kind === 'good' ? 'check' : kind),
    element('div', { class: 'notice-text' },
      title && element('p', { class: 'notice-title' }, title),
      text && element('p', {}, text),
      ...more))
}

/**
 * @param {'good' | 'info' | 'warning' | 'error' | 'plain'} kind
 * @param {string} text
 * @param {import('../dom.mjs').Child} [sign]
 */
export function badge(kind, text, sign) {
  return element('span', { class: `badge ${kind}` }, sign, text)
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
