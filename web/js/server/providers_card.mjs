/** Which other services people can log in with, how to set each up, and whether it works. */
import { actionButton, badge, card, outsideLink, quiet, sentenceOf } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { icon } from '../controls/icons.mjs'
import { identityName } from '../controls/identity_name.mjs'
import { secretBox } from '../controls/secret_box.mjs'
import { checkRows } from '../dialog/doctor_part.mjs'
import { element, fill } from '../dom.mjs'

const GUIDE_OF_ANY = 'oidc'
/** Stands for the name that the owner chooses. */
const NAME = 'oidc:name'

/**
 * @typedef {object} Guide how to set a provider up
 * @property {string} [console] the page where it is done
 * @property {number} steps there
 * @property {number} addressStep the step that needs the addresses to come back to
 * @property {string[]} settings the lines to write
 * @property {string[]} [codeSettings] those for log-in by code
 */

/** @type {Record<string, Guide>} */
const GUIDES = {
  google: {
    console: 'https://console.cloud.google.com/auth/clients',
    steps: 4,
    addressStep: 4,
    settings: ['PASSPORT_GOOGLE_CLIENT_ID=', 'PASSPORT_GOOGLE_CLIENT_SECRET='],
    codeSettings: ['PASSPORT_GOOGLE_DEVICE_CLIENT_ID=', 'PASSPORT_GOOGLE_DEVICE_CLIENT_SECRET=']
  },
  github: {
    console: 'https://github.com/settings/developers',
    steps: 5,
    addressStep: 3,
    settings: ['PASSPORT_GITHUB_CLIENT_ID=', 'PASSPORT_GITHUB_CLIENT_SECRET=']
  },
  [GUIDE_OF_ANY]: {
    steps: 3,
    addressStep: 2,
    settings: ['PASSPORT_OIDC_NAME_ISSUER=', 'PASSPORT_OIDC_NAME_CLIENT_ID=', 'PASSPORT_OIDC_NAME_CLIENT_SECRET=',
      'PASSPORT_OIDC_NAME_LABEL='],
    codeSettings: ['PASSPORT_OIDC_NAME_DEVICE=true']
  }
}

/** @param {string} id */
const guideOf = (id) => id in GUIDES ? id : GUIDE_OF_ANY

/**
 * A provider that the owner has named has its name in the settings, too.
 * @param {string[]} lines
 * @param {string} id
 */
function settingsFor(lines, id) {
  const name = id.slice(id.indexOf(':') + 1).replaceAll('-', '_').toUpperCase()
  return lines.map((line) => line.replace('_NAME_', `_${name}_`)).join('\n')
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ProviderState} provider
 */
function steps(panel, { id, redirect_uris: addresses }) {
  const { texts } = panel
  const guide = guideOf(id)
  const { steps: count, addressStep, settings, codeSettings, console: page } = GUIDES[guide]
  /** @param {number} step */
  const more = (step) => [
    step === 1 && page && element('p', {}, outsideLink(texts, page, texts.get(`provider_set_up.${guide}_console`))),
    ...(step === addressStep ? addresses : []).map((address, index) =>
      secretBox(panel, texts.get('provider_set_up.address', { number: index + 1 }), address))
  ]
  return element('ol', { class: 'numbered' },
    ...Array.from({ length: count }, (_, index) => element('li', {},
      texts.get(`provider_set_up.${guide}_${index + 1}`), ...more(index + 1))),
    element('li', {}, texts.get('provider_set_up.settings'),
      secretBox(panel, texts.get('provider_set_up.lines'), settingsFor(settings, id))),
    codeSettings ? element('li', {}, texts.get(`provider_set_up.${guide}_code`),
      secretBox(panel, texts.get('provider_set_up.lines_for_codes'), settingsFor(codeSettings, id))) : '',
    element('li', {}, texts.get('provider_set_up.restart')))
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ProviderState} provider
 * @param {string} name
 */
function checkPart(panel, { id }, name) {
  const { texts, calls, announce, complain } = panel
  const result = element('div', { class: 'part' })
  const check = async () => {
    try {
      fill(result, checkRows(panel, (await calls.checkProvider(id)).checks))
      announce(texts.get('doctor.finished'))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }
  return element('div', { class: 'part' },
    element('div', { class: 'buttons' }, actionButton(texts.get('provider_set_up.check'), 'secondary', check, {
      'data-part': `check-${id}`, 'aria-label': texts.get('provider_set_up.check_name', { name })
    })),
    result)
}

/**
 * @param {Passport.DialogPanel} panel
 * @param {Passport.ProviderState} provider
 */
function providerRow(panel, provider) {
  const { texts } = panel
  const { id, label, ways, set_up: isSetUp } = provider
  const name = id === NAME ? texts.get('provider_set_up.any') : label || identityName(panel, id)
  const kinds = ways.map((way) => texts.get(`provider_set_up.way_${way}`)).join(', ')
  return element('li', { class: 'row person-row' },
    element('div', { class: 'row-text' },
      element('p', { class: 'row-name marked' }, name, isSetUp
        ? badge('good', texts.get('provider_set_up.set_up'), icon('check'))
        : badge('plain', texts.get('provider_set_up.not_set_up'))),
      kinds && quiet(kinds)),
    isSetUp && checkPart(panel, provider, name),
    element('details', { class: 'more' },
      element('summary', { 'data-part': `guide-${id}`, 'aria-label': texts.get('provider_set_up.how_name', { name }) },
        texts.get('provider_set_up.how'), icon('down')),
      steps(panel, provider)))
}

/**
 * The one that an owner can still name: its addresses are as the others' are.
 * @param {Passport.ProviderState[]} providers
 * @returns {Passport.ProviderState}
 */
function anotherOne([first]) {
  return {
    id: NAME, label: null, set_up: false, ways: [],
    redirect_uris: first?.redirect_uris.map((address) => address.replace(`/${first.id}/`, `/${NAME}/`)) ?? []
  }
}

/** @param {Passport.DialogPanel} panel */
export function providersCard(panel) {
  const { texts, calls } = panel
  const list = fetchedPart(panel, calls.providers, ({ providers }) => [
    element('ul', {}, ...[...providers, anotherOne(providers)].map((provider) => providerRow(panel, provider)))
  ])
  return {
    element: card(texts.get('provider_set_up.title'), quiet(texts.get('provider_set_up.explanation')), list.element),
    refresh: list.refresh
  }
}
