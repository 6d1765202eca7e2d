/** The ways to log in to this account: those there are, another one, one less. */
import { actionButton, card, change, linkButton, quiet } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { icon } from '../controls/icons.mjs'
import { identityName, isProvider } from '../controls/identity_name.mjs'
import { joinOffer } from '../controls/joining.mjs'
import { sure } from '../controls/layer.mjs'
import { row } from '../controls/row.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { providerPart } from '../providers/provider_part.mjs'
import { proven } from './proof.mjs'

/** What is no key and no password is another service's own log-in. */
const ICON_OF = /** @type {Record<string, 'mail' | 'key'>} */ ({ password: 'mail', 'comfy-api-key': 'key' })

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Identity} identity
 * @param {(identity: Passport.Identity) => Promise<void>} unlink
 */
function identityRow(panel, identity, unlink) {
  const { texts } = panel
  const { kind, label, created_at: at, removable } = identity
  const name = identityName(panel, kind)
  const lines = [label, texts.get('security.since', { date: day(texts, at) }),
    removable === false && texts.get('security.only_way')]
  return row(element('span', { class: 'marked' }, icon(ICON_OF[kind] ?? 'entry'), name), lines,
    removable && actionButton(texts.get('security.unlink'), 'secondary', () => unlink(identity), {
      'data-part': `unlink-${kind}`, 'aria-label': texts.get('security.unlink_name', { name })
    }))
}

/**
 * Takes a way to log in away, once the person is sure and has proved that it is them.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Identity} identity
 */
async function unlinked(panel, { kind }) {
  const { texts, calls } = panel
  const name = identityName(panel, kind)
  const isSure = await sure(panel, {
    title: texts.get('security.unlink_title', { name }), explanation: texts.get('security.unlink_explanation', { name }),
    confirm: texts.get('security.unlink_name', { name }), keep: texts.get('general.cancel')
  })
  if (!isSure) return
  const work = async () => {
    await calls.unlink(kind)
    return texts.get('spoken.unlinked', { name })
  }
  await change(panel, async () => await proven(panel, 'proof.to_unlink', work) ?? '')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.LoginMethod} method
 * @param {Node} cancel
 * @param {() => Promise<void>} linked
 */
function linkingPart(panel, method, cancel, linked) {
  const { texts, calls, state, announce } = panel
  const name = identityName(panel, method.id)
  return providerPart(panel, method, {
    purpose: 'link',
    label: texts.get('providers.continue_with', { name }),
    content: [element('h4', { tabindex: -1, 'data-focus-first': true }, texts.get('security.link', { name })),
      quiet(texts.get('security.link_explanation', { name }))],
    beside: cancel,
    proven: (begin) => proven(panel, 'proof.to_link', begin),
    async isDone() {
      const { identities } = await calls.account()
      return identities.some(({ kind }) => kind === method.id)
    },
    async finished({ link_accounts: isOne }) {
      await state.refreshEverywhere()
      await linked()
      announce(isOne ? texts.get('spoken.merged') : texts.get('spoken.linked', { name }))
    },
    refused: (error, _, again) => joinOffer(texts, error, () => again({ link_accounts: true }))
  })
}

/** @param {Passport.DialogPanel} panel */
export function waysCard(panel) {
  const { texts, calls, state } = panel
  const place = element('div', { class: 'part' })
  /** @param {string} part has the focus afterwards */
  const close = (part) => {
    place.replaceChildren()
    focusPart(list.element, part) || focusPart(whole)
  }
  /** @param {Passport.LoginMethod} method */
  const link = (method) => {
    const part = `link-${method.id}`
    const cancel = actionButton(texts.get('general.cancel'), 'quiet', () => close(part), { 'data-part': 'cancel' })
    fill(place, linkingPart(panel, method, cancel, async () => {
      await list.refresh()
      close('')
    }).element)
    focusPart(place)
  }
  /** @param {Passport.LoginMethod} method */
  const offer = (method) => {
    const { id, enabled, reason } = method
    const name = identityName(panel, id)
    if (enabled) return linkButton(texts.get('security.link', { name }), () => link(method), `link-${id}`)
    const why = reason !== 'not_set_up' && texts.find(`reasons.${reason}_remedy`)
    return why && quiet(`${texts.get('security.not_from_here', { name })} ${why}`)
  }
  const unlink = async (/** @type {Passport.Identity} */ identity) => {
    await unlinked(panel, identity)
    await list.refresh()
  }
  const list = fetchedPart(panel, calls.account, ({ identities }) => {
    const missing = (state.status?.methods ?? []).filter(({ id }) =>
      isProvider(id) && !identities.some(({ kind }) => kind === id))
    return [
      element('ul', {}, ...identities.map((identity) => identityRow(panel, identity, unlink))),
      element('div', { class: 'form-links' }, ...missing.map(offer))
    ]
  })
  const whole = card(texts.get('security.ways_to_log_in'), quiet(texts.get('security.ways_explanation')),
    list.element, place)
  return { element: whole, update: () => void list.refresh() }
}
