/** A page of Comfy's whose address is known only once the server was asked. */
import { outsideLink } from '../controls/buttons.mjs'
import { CallError } from '../server_call.mjs'

const WEB_PAGE = /^https?:\/\//

/**
 * Browsers open a new tab within a click alone: so it is opened empty, and led there afterwards.
 * @param {() => Promise<{ url: string }>} ask
 * @returns {Promise<string | null>} the address, where the browser let no tab be opened
 */
export async function openOutside(ask) {
  const tab = open('', '_blank')
  // The other page has no business with this one.
  if (tab) tab.opener = null
  try {
    const { url } = await ask()
    if (!WEB_PAGE.test(url)) throw new CallError('service_answered_nonsense')
    tab?.location.replace(url)
    return tab ? null : url
  } catch (error) {
    tab?.close()
    throw error
  }
}

/**
 * What to put into `place` afterwards.
 * @param {Passport.Texts} texts
 * @param {string | null} url
 */
export function blockedLink(texts, url) {
  return url && outsideLink(texts, url, texts.get('comfy.open_the_page_yourself'))
}
