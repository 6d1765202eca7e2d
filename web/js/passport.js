/**
 * Passport's entry: the only file that the frontend imports by itself, and the only one that
 * imports the frontend. Everything else is handed what it needs.
 */
import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'
import { AccountState } from './account_state.mjs'
import { createDoor, prefetch } from './door.mjs'
import { takeLink } from './links.mjs'
import { addTopBarButton, createSummary, watchUserPanel } from './places.mjs'
import { followRefusedRuns, keepRunGateOpen } from './runs.mjs'
import { pageCalls, serverCall } from './server_call.mjs'
import { loadTexts } from './texts.mjs'

const ACCOUNT = 'Passport.Account'
const LOG_OUT = 'Passport.LogOut'
const DOCUMENTATION = 'https://docs.comfy.org/interface/user'

// Before anything is waited for: newer frontends keep places of their own after the #.
const link = takeLink()
const texts = await loadTexts(api, app)
const call = serverCall(api)
const calls = pageCalls(call)
const state = new AccountState(calls)

/** @type {HTMLElement | null} */
let topBarButton = null

/** @type {Passport.Panel} */
const panel = { app, api, call, calls, state, texts, open: async () => {} }
panel.open = createDoor(panel, () => topBarButton)

/** On a shared computer logging out takes the key along, as the dialog's button does; the dialog asks what it asks. */
async function logOut() {
  if (state.mayHaveMadeKey) return panel.open({ part: 'log_out' })
  const forget = Boolean(state.status?.session?.shared_computer)
  await calls.logOut(forget).catch(() => panel.open())
  await state.refreshEverywhere()
}

function refreshWhenSeen() {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void state.refresh()
  })
  // The server was restarted, perhaps with another answer.
  api.addEventListener('reconnected', () => void state.refresh())
}

/** One that was followed to get here, and those that are opened in this tab later on. */
function followLinks() {
  if (link) panel.open(link)
  // By now a newer frontend has put its own place there: only the event tells of the link.
  window.addEventListener('hashchange', ({ newURL }) => {
    const later = takeLink(new URL(newURL).hash)
    if (later) panel.open(later)
  })
}

/** @param {string} id */
const commandLabel = (id) => () => texts.get(`/commands.${id.replace('.', '_')}.label`)

const openAccount = () => panel.open()

app.registerExtension({
  name: 'Passport',
  commands: [
    { id: ACCOUNT, label: commandLabel(ACCOUNT), icon: 'pi pi-id-card', function: openAccount },
    { id: LOG_OUT, label: commandLabel(LOG_OUT), icon: 'pi pi-sign-out', function: () => void logOut() }
  ],
  menuCommands: [{ path: [texts.get('general.passport')], commands: [ACCOUNT, LOG_OUT] }],
  settings: [
    {
      id: ACCOUNT,
      name: texts.get('/settings.Passport_Account.name'),
      category: ['Passport', 'Account', 'State'],
      type: () => createSummary(panel, false),
      defaultValue: null
    }
  ],
  aboutPageBadges: [{ label: texts.get('general.passport'), url: DOCUMENTATION, icon: 'pi pi-id-card' }],
  actionBarButtons: app.menu?.settingsGroup?.element ? [] : [
    { icon: 'pi pi-id-card', label: '', tooltip: texts.get('general.passport'), onClick: openAccount }
  ],
  async setup() {
    topBarButton = addTopBarButton(panel)
    watchUserPanel(panel)
    keepRunGateOpen(panel)
    followRefusedRuns(panel)
    refreshWhenSeen()
    prefetch()
    followLinks()
    void state.refresh()
  }
})
