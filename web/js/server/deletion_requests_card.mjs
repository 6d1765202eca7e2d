/** People who cannot log in any more and want their account deleted: the owner decides. */
import { clientName } from '../account/client_name.mjs'
import { actionButton, badge, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { confirmation } from '../controls/confirmation.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { icon } from '../controls/icons.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'

/** @param {Passport.Account} account */
const nameOf = ({ display_name: name, email, id }) => name || email || id

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.DeletionRequest} request
 * @param {(work: () => Promise<string>) => Promise<void>} answer
 */
function requestRow({ texts, calls }, request, answer) {
  const { id, account, proved, created_at: at, address } = request
  const name = nameOf(account)
  const place = element('div', { class: 'part' })
  /** @param {string} action @param {() => void | Promise<void>} work */
  const button = (action, work) => actionButton(texts.get(`deletion_requests.${action}`), 'secondary', work, {
    'data-part': `${action}-${id}`,
    'aria-label': texts.get('people.action_name', { action: texts.get(`deletion_requests.${action}`), name })
  })
  const grant = () => answer(async () => {
    const { receipt } = await calls.grantDeletion(id)
    return texts.get('deletion_requests.granted', { name, number: receipt.number })
  })
  const keep = () => answer(async () => {
    await calls.refuseDeletion(id)
    return texts.get('deletion_requests.kept', { name })
  })
  const draw = () => fill(place, element('div', { class: 'buttons' }, button('grant', askFirst), button('keep', keep)))
  const askFirst = () => {
    fill(place, confirmation({
      title: texts.get('deletion_requests.grant_title', { name }),
      explanation: texts.get(proved ? 'deletion_requests.grant_explanation' : 'deletion_requests.grant_unproved_explanation'),
      confirm: texts.get('deletion_requests.grant'), keep: texts.get('general.cancel')
    }, grant, () => {
      draw()
      focusPart(place, `grant-${id}`)
    }))
    focusPart(place, 'keep')
  }
  draw()
  return element('li', { class: 'row person-row' },
    element('div', { class: 'row-text' },
      element('p', { class: 'row-name marked' }, name, proved
        ? badge('good', texts.get('deletion_requests.proved'), icon('check'))
        : badge('warning', texts.get('deletion_requests.not_proved'), icon('warning'))),
      account.email !== name && account.email ? quiet(account.email) : null,
      quiet([dayAndTime(texts, at), clientName(texts, request), address].filter(Boolean).join(' · '))),
    place)
}

/** @param {Passport.DialogPanel} panel */
export function deletionRequestsCard(panel) {
  const { texts, calls, announce, complain } = panel
  const said = element('p', { class: 'part', role: 'status' })
  /** @param {() => Promise<string>} work */
  const answer = async (work) => {
    try {
      said.textContent = await work()
      announce(said.textContent)
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
    await list.refresh()
  }
  const list = fetchedPart(panel, calls.deletionRequests, ({ deletion_requests: requests }) => [requests.length
    ? element('ul', {}, ...requests.map((request) => requestRow(panel, request, answer)))
    : quiet(texts.get('deletion_requests.none'))])
  return {
    element: card(texts.get('deletion_requests.title'), quiet(texts.get('deletion_requests.explanation')),
      list.element, said),
    refresh: list.refresh
  }
}
