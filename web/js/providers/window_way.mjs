/** Going to the provider in a window of its own; its last page tells this one how it ended. */
import { outsideLink } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'
import { CallError } from '../server_call.mjs'
import { underWay } from './under_way.mjs'

const CHANNEL = 'passport-oauth'
const WIDTH = 520
const HEIGHT = 680

/**
 * An empty window, which browsers allow within a click alone; null where they do not.
 * @param {string} sentence stands in it until its page is known
 */
export function openWindow(sentence) {
  const left = Math.max(0, screenX + (outerWidth - WIDTH) / 2)
  const top = Math.max(0, screenY + (outerHeight - HEIGHT) / 2)
  const opened = open('', '_blank', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`)
  if (!opened) return null
  // The provider's page has no business with this one.
  opened.opener = null
  opened.document.title = sentence
  opened.document.body.append(sentence)
  return opened
}

/**
 * @param {import('./under_way.mjs').UnderWay} way
 * @param {string} flow names this very log-in: another page may wait for one of its own
 */
function listen(way, flow) {
  const channel = new BroadcastChannel(CHANNEL)
  way.signal.addEventListener('abort', () => channel.close())
  channel.addEventListener('message', ({ data }) => {
    const news = /** @type {Passport.ProviderNews} */ (data)
    if (news.flow !== flow) return
    if (news.done) way.done()
    else way.fail(new CallError(news.code ?? 'unknown', news.message ?? '', news.details))
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {{ name: string, isDone?: () => Promise<boolean> }} at
 *   `isDone` is asked when somebody comes back to this page
 * @param {Window | null} opened
 * @param {Passport.BegunRedirect} begun
 */
export function windowWay(panel, { name, isDone }, opened, begun) {
  const { texts } = panel
  const isOpen = Boolean(opened && !opened.closed)
  if (isOpen) opened?.location.replace(begun.authorization_url)
  const way = underWay(panel, texts.get('providers.go_on_at', { name }), begun.expires_in)
  const lookAgain = async () => {
    // Somebody may come back without having done it, or without an answer of this server.
    if (await isDone?.().catch(() => false)) way.done()
  }
  listen(way, begun.flow)
  addEventListener('focus', () => void lookAgain(), { signal: way.signal })
  way.signal.addEventListener('abort', () => opened?.close())
  way.element.append(way.status,
    element('div', { class: 'buttons' },
      outsideLink(texts, begun.authorization_url, texts.get('providers.open_the_page', { name })), way.cancel))
  way.begin(texts.get(isOpen ? 'providers.window_is_open' : 'providers.window_was_blocked', { name }))
  return way
}
