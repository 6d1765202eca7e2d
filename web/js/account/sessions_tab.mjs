/** Every browser that is logged in to this account, and how to end that. */
import { actionButton, badge, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { identityName } from '../controls/identity_name.mjs'
import { row } from '../controls/row.mjs'
import { ago, dayAndTime } from '../controls/times.mjs'
import { element } from '../dom.mjs'
import { clientName } from './client_name.mjs'
import { logOut } from './log_out.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Session} session
 * @param {(id: string) => Promise<void>} end
 */
function sessionRow(panel, session, end) {
  const { texts } = panel
  const { id, current, method, address } = session
  const name = clientName(texts, session)
  const lines = [
    [identityName(panel, method), address].filter(Boolean).join(' · '),
    texts.get('sessions.since_and_last_seen', {
      since: dayAndTime(texts, session.created_at), seen: ago(texts, session.last_seen_at)
    }),
    session.shared_computer && texts.get('sessions.shared_computer')
  ]
  const marked = element('span', { class: 'marked' }, name, ' ',
    current && badge('good', texts.get('sessions.this_one')))
  if (current) return row(marked, lines)
  return row(marked, lines, actionButton(texts.get('sessions.end'), 'secondary', () => end(id), {
    'data-part': `end-${id}`, 'aria-label': texts.get('sessions.end_name', { name })
  }))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {() => Promise<void>} endOthers
 */
function endingCard(panel, endOthers) {
  const { texts } = panel
  return card(texts.get('sessions.end_all'), quiet(texts.get('sessions.end_all_explanation')),
    element('div', { class: 'buttons' },
      actionButton(texts.get('sessions.log_out_everywhere_else'), 'secondary', endOthers, { 'data-part': 'others' }),
      actionButton(texts.get('sessions.log_out_everywhere'), 'quiet', () => logOut(panel, 'everywhere'), {
        'data-part': 'everywhere'
      })))
}

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function sessionsTab(panel) {
  const { texts, calls, announce, complain } = panel
  /** @param {() => Promise<string>} work */
  const ending = async (work) => {
    try {
      announce(await work())
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
    await list.refresh()
  }
  /** @param {string} id */
  const end = (id) => ending(async () => {
    await calls.endSession(id)
    return texts.get('sessions.ended')
  })
  const endOthers = () => ending(async () => {
    const { ended } = await calls.endSessions(false)
    return texts.get('sessions.ended_count', { count: ended })
  })
  const list = fetchedPart(panel, calls.sessions, ({ sessions }) => [
    element('ul', {}, ...sessions.map((session) => sessionRow(panel, session, end)))
  ])
  return {
    element: element('div', { class: 'view' },
      card(texts.get('sessions.title'), quiet(texts.get('sessions.explanation')), list.element),
      endingCard(panel, endOthers)),
    chosen: () => void list.refresh()
  }
}
