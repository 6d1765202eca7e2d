/** Invitations: each lets one person in, once. */
import { proven } from '../account/proof.mjs'
import { actionButton, card, quiet, sentenceOf } from '../controls/buttons.mjs'
import { editablePart } from '../controls/editable_part.mjs'
import { emailField } from '../controls/email_field.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { form } from '../controls/form.mjs'
import { row } from '../controls/row.mjs'
import { textField } from '../controls/text_field.mjs'
import { day } from '../controls/times.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { shownOnce } from './person_row.mjs'

const DAYS = 7

/**
 * @param {Passport.DialogPanel} panel
 * @param {(made: { code: string, link: string | null, mailed: boolean }) => void} made
 * @param {Node} cancel
 */
function inviteForm(panel, made, cancel) {
  const { texts, calls } = panel
  const email = emailField(texts, {
    label: texts.get('invitations.email'), autocomplete: 'off', missing: '', hint: texts.get('invitations.email_hint')
  })
  const days = textField({
    name: 'days', type: 'number', label: texts.get('invitations.days'), value: String(DAYS),
    missing: texts.get('invitations.enter_the_days'), attributes: { min: 1, max: 365, inputmode: 'numeric' }
  })
  return form(panel, {
    fields: [days],
    content: [email.element, days.element],
    label: texts.get('invitations.invite'),
    busy: texts.get('general.one_moment'),
    beside: cancel,
    fieldOf: { email_invalid: email, email_taken: email, invalid_field: days },
    async send() {
      const address = email.value.trim()
      const invited = await proven(panel, 'proof.to_let_in', () =>
        calls.invite({ days: Number(days.value), ...(address && { email: address }) }))
      if (invited) made(invited)
    }
  })
}

/** @param {Passport.DialogPanel} panel */
export function invitationsCard(panel) {
  const { texts, calls, announce, complain } = panel
  /** @param {Passport.Invitation} invitation */
  const takeBack = async ({ id }) => {
    try {
      await calls.takeBackInvitation(id)
      announce(texts.get('invitations.taken_back'))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
    await list.refresh()
  }
  /** @param {Passport.Invitation} invitation */
  const invitationRow = (invitation) => {
    const name = invitation.email || texts.get('invitations.for_anybody')
    return row(name, [texts.get('invitations.until', { date: day(texts, invitation.expires_at) })],
      actionButton(texts.get('invitations.take_back'), 'secondary', () => takeBack(invitation), {
        'data-part': `take-back-${invitation.id}`, 'aria-label': texts.get('invitations.take_back_name', { name })
      }))
  }
  const list = fetchedPart(panel, calls.invitations, ({ invitations }) => [invitations.length
    ? element('ul', {}, ...invitations.map(invitationRow))
    : quiet(texts.get('invitations.none'))])

  const result = element('div', { class: 'part' })
  const part = editablePart(texts, (edit) => [element('div', { class: 'buttons' },
    actionButton(texts.get('invitations.invite_somebody'), 'secondary', edit, { 'data-part': 'edit' }))],
  (done, cancel) => [inviteForm(panel, (made) => {
    done()
    fill(result, shownOnce(panel, made, texts.get(made.mailed ? 'invitations.mailed' : 'invitations.give_it')))
    focusPart(result, 'shown-once')
    void list.refresh()
  }, cancel)])
  return {
    element: card(texts.get('invitations.title'), quiet(texts.get('invitations.explanation')),
      list.element, part.element, result),
    refresh: list.refresh
  }
}
