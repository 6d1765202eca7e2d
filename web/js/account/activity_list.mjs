/** What happened: in one account, or for the owner on the whole server. */
import { identityName } from '../controls/identity_name.mjs'
import { pagedList } from '../controls/paged_list.mjs'
import { row } from '../controls/row.mjs'
import { dayAndTime } from '../controls/times.mjs'
import { clientName } from './client_name.mjs'

/** @param {Passport.AuditEvent['account']} account */
function nameOf(account) {
  if (!account || typeof account === 'string') return account
  return account.display_name || account.email || account.id
}

/**
 * What the server noted besides, where people can read it: which pack, how many sessions, why
 * calls were refused.
 * @param {Passport.DialogPanel} panel
 * @param {Passport.AuditEvent['details']} details
 */
function detailsLine(panel, { node_pack: pack, name, count, method, kind }) {
  return [
    pack && String(pack),
    name && String(name),
    kind && panel.texts.get(`refused.${kind}`),
    typeof count === 'number' && panel.texts.get(kind ? 'activity_details.times' : 'activity_details.sessions', { count }),
    method && identityName(panel, String(method))
  ].filter(Boolean).join(' · ')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {boolean} everyone
 */
export function activityList(panel, everyone) {
  const { texts, calls } = panel
  /** @param {Passport.AuditEvent} event */
  const eventRow = (event) => row(texts.get(`activity.${event.action}`), [
    everyone && nameOf(event.account),
    detailsLine(panel, event.details ?? {}),
    [dayAndTime(texts, event.at), clientName(texts, event), event.address].filter(Boolean).join(' · ')
  ])
  return pagedList(panel, {
    async fetch(/** @type {string | number | undefined} */ before) {
      const { events, next_before: next } = await calls.audit({ everyone, before })
      return { items: events, next }
    },
    row: eventRow,
    none: texts.get('activity_details.none')
  })
}
