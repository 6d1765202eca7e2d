/** What somebody sees who is logged in: sections under tabs, most of them fetched when they are asked for. */
import { quiet, sentenceOf } from '../controls/buttons.mjs'
import { tabs } from '../controls/tabs.mjs'
import { prefetch } from '../door.mjs'
import { element, fill, focusPart } from '../dom.mjs'
import { accountTab } from './account_tab.mjs'
import { logOut, usualWay } from './log_out.mjs'

/**
 * @typedef {(panel: Passport.DialogPanel) => Passport.Section} MakeSection
 *
 * @type {Record<string, () => Promise<MakeSection>>}
 */
const FETCHED = {
  comfy_account: async () => (await import('../comfy_account/comfy_account_tab.mjs')).comfyAccountTab,
  security: async () => (await import('./security_tab.mjs')).securityTab,
  api_keys: async () => (await import('../api_keys/api_keys_tab.mjs')).apiKeysTab,
  sessions: async () => (await import('./sessions_tab.mjs')).sessionsTab,
  activity: async () => (await import('./activity_tab.mjs')).activityTab,
  server: async () => (await import('../server/server_tab.mjs')).serverTab
}

/** @param {Passport.Status} status */
function sectionIds({ account, methods, has_owner: hasOwner }) {
  // A server from before accounts of one's own knows nothing of the others.
  if (hasOwner === undefined) return ['account', 'doctor']
  const comfy = methods.some(({ id }) => id === 'comfy') ? ['comfy_account'] : []
  const ids = ['account', ...comfy, 'security', 'sessions', 'api_keys', 'activity']
  return account?.role === 'owner' ? [...ids, 'server', 'doctor'] : [...ids, 'doctor']
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {string} id
 */
function sectionLoader(panel, id) {
  const { texts, complain } = panel
  const place = element('div', { class: 'view' })
  const heading = element('h2', { class: 'spoken' }, texts.get(`sections.${id}`))
  /** @type {Promise<Passport.Section> | null} */
  let coming = null
  /** @type {Passport.Section | null} */
  let section = null

  const load = async () => {
    section = (await FETCHED[id]())(panel)
    fill(place, heading, section.element)
    return section
  }
  return {
    place,
    async choose() {
      if (!section) fill(place, heading, quiet(texts.get('loading.title')))
      try {
        coming ??= load()
        ;(await coming).chosen?.()
      } catch (error) {
        coming = null
        complain(sentenceOf(texts, error))
      }
    },
    update: () => section?.update?.()
  }
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {import('../dialog/doctor_part.mjs').Doctor} doctor
 */
function doctorSection({ texts }, doctor) {
  return element('div', { class: 'view' }, element('h2', {}, texts.get('doctor.title')), doctor.element)
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.Status} status
 * @param {import('../dialog/doctor_part.mjs').Doctor} doctor
 * @returns {Passport.View}
 */
export function signedInView(panel, status, doctor) {
  const { texts } = panel
  const account = accountTab(panel)
  const ids = sectionIds(status)
  const loaders = new Map(ids.filter((id) => id in FETCHED).map((id) => [id, sectionLoader(panel, id)]))
  /** @param {string} id */
  const panelOf = (id) =>
    loaders.get(id)?.place ?? (id === 'account' ? account.element : doctorSection(panel, doctor))

  const sections = ids.map((id) => ({ id, label: texts.get(`sections.${id}`), panel: panelOf(id) }))
  const view = element('div', { class: 'view' }, ...sections.map((section) => section.panel))
  const sectionTabs = tabs(texts.get('sections.sections'), sections, (id) => {
    doctor.show(id === 'doctor')
    void loaders.get(id)?.choose()
    view.closest('.body')?.scrollTo({ top: 0 })
  }, panel.hold.beforeLeaving)
  sectionTabs.choose('account')
  for (const id of loaders.keys()) prefetch(FETCHED[id])
  return {
    element: view,
    nav: sectionTabs.list,
    update() {
      account.update()
      for (const { update } of loaders.values()) update()
    },
    show({ part }) {
      sectionTabs.choose('account')
      if (part === 'node_packs') void account.revealPacks()
      else if (part === 'log_out') void logOut(panel, usualWay(panel.state.status))
      else focusPart(view)
    },
    revealDoctor() {
      sectionTabs.choose('doctor')
      focusPart(sectionTabs.list, 'tab-doctor')
    }
  }
}
