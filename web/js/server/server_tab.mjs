/** What a server's owner sees: people, invitations, ways to log in, mail, and what happened on the whole server. */
import { activityList } from '../account/activity_list.mjs'
import { card, quiet } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'
import { deletionRequestsCard } from './deletion_requests_card.mjs'
import { invitationsCard } from './invitations_card.mjs'
import { mailCard } from './mail_card.mjs'
import { peopleCard } from './people_card.mjs'
import { providersCard } from './providers_card.mjs'

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.Section}
 */
export function serverTab(panel) {
  const { texts } = panel
  const [people, invitations, mail] = [peopleCard(panel), invitationsCard(panel), mailCard(panel)]
  const [requests, providers] = [deletionRequestsCard(panel), providersCard(panel)]
  const activity = activityList(panel, true)
  return {
    element: element('div', { class: 'view' }, people.element, requests.element, invitations.element,
      providers.element, mail.element,
      card(texts.get('activity_details.of_everyone'), quiet(texts.get('activity_details.newest_first')), activity.element)),
    chosen() {
      for (const list of [people, requests, invitations, providers, mail, activity]) void list.refresh()
    }
  }
}
