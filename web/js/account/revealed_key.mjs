/** The stored key itself, for a few seconds: it stands in a text, and is gone with it. */
import { copyButton } from '../controls/secret_box.mjs'
import { icon } from '../controls/icons.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { proven } from './proof.mjs'

const SECOND_MS = 1_000

/**
 * Calls `ended` when the time is up, or nobody may be looking any more.
 * @param {HTMLElement} shown
 * @param {number} seconds
 * @param {(left: number) => void} tick
 * @param {() => void} ended
 */
function countDown(shown, seconds, tick, ended) {
  const end = Date.now() + seconds * SECOND_MS
  const over = new AbortController()
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / SECOND_MS)
    if (left > 0 && shown.isConnected) tick(left)
    else over.abort()
  }, SECOND_MS / 4)
  const { signal } = over
  signal.addEventListener('abort', () => {
    clearInterval(timer)
    ended()
  })
  document.addEventListener('visibilitychange', () => over.abort(), { signal })
  shown.closest('dialog')?.addEventListener('close', () => over.abort(), { signal })
  tick(seconds)
  return () => over.abort()
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {HTMLElement} place
 * @param {() => void} cover puts the mask back
 */
export async function revealKey(panel, place, cover) {
  const { texts, calls, announce } = panel
  const answer = await proven(panel, 'proof.to_show_the_key', calls.revealKey)
  if (!answer || !place.isConnected || document.hidden) return
  const { secret, hide_after_seconds: seconds } = answer
  const text = element('code', { class: 'secret' }, secret)
  const left = element('span', { class: 'muted' })
  fill(place, text,
    element('div', { class: 'buttons' },
      copyButton(panel, texts.get('key.title'), text),
      element('button', {
        type: 'button', class: 'in-field', 'data-part': 'eye', 'aria-label': texts.get('reveal.hide_the_key'),
        onclick: () => hide()
      }, icon('eye_off')),
      left))
  const hide = countDown(text, seconds, (count) => {
    left.textContent = texts.get('reveal.hidden_in', { count })
  }, () => {
    // Another key may stand there by now.
    if (text.isConnected) cover()
    text.replaceChildren()
  })
  focusPart(place, 'eye')
  announce(texts.get('reveal.shown_for', { count: seconds }))
}
