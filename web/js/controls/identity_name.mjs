/** What people call a way to log in: a provider that the owner named has that name. */

const OWN_PROVIDER = 'oidc:'
const PROVIDERS = ['google', 'github']

/** Whether one proves who one is at another service's own page. @param {string} kind */
export function isProvider(kind) {
  return PROVIDERS.includes(kind) || kind.startsWith(OWN_PROVIDER)
}

/**
 * @param {Pick<Passport.Panel, 'texts' | 'state'>} panel
 * @param {string} kind
 */
export function identityName({ texts, state }, kind) {
  const label = state.status?.methods.find(({ id }) => id === kind)?.label
  if (label) return label
  return kind.startsWith(OWN_PROVIDER) ? kind.slice(OWN_PROVIDER.length) : texts.get(`identities.${kind}`)
}
