/** The calls of the dialog. Their types stand in web/types/contract.d.ts. */
import { pageCalls } from '../server_call.mjs'

/** @param {Record<string, string | number | boolean | undefined>} values what is empty is left out */
function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '' && value !== false)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}

const part = encodeURIComponent

/** @param {Passport.Call} call */
function logInCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    checks: (/** @type {boolean} */ remote) => call('GET', remote ? 'checks?remote=1' : 'checks'),
    logIn: (logIn) => call('POST', 'session/api-key', logIn),
    logInByEmail: (logIn) => call('POST', 'session/email', logIn),
    register: (registration) => call('POST', 'accounts', registration),
    passwordStrength: (password) => call('POST', 'password-strength', password),
    askForPasswordReset: (email) => call('POST', 'password-resets', { email }),
    resetPassword: (token, newPassword) =>
      call('POST', 'password-resets/confirm', { token, new_password: newPassword }),
    confirmEmail: (token) => call('POST', 'email-verifications/confirm', { token })
  })
}

/** @param {Passport.Call} call */
function providerCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    startRedirect: (provider, errand) => call('POST', `oauth/${part(provider)}/start`, errand),
    startCode: (provider, errand) => call('POST', `device/${part(provider)}`, errand),
    pollCode: (provider, flow) => call('POST', `device/${part(provider)}/poll`, { flow }),
    unlink: (kind) => call('DELETE', `identities/${part(kind)}`),
    providers: () => call('GET', 'providers'),
    checkProvider: (provider) => call('POST', `providers/${part(provider)}/check`)
  })
}

/** @param {Passport.Call} call */
function accountCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    account: () => call('GET', 'account'),
    rename: (displayName) => call('PATCH', 'account', { display_name: displayName }),
    changeEmail: (change) => call('PUT', 'account/email', change),
    changePassword: (change) => call('PUT', 'account/password', change),
    sendVerification: () => call('POST', 'email-verifications'),
    addEmailLogIn: (logIn) => call('POST', 'identities/email', logIn),
    becomeOwner: (owner) => call('POST', 'owner', owner),
    sessions: () => call('GET', 'sessions'),
    endSession: (id) => call('DELETE', `sessions/${part(id)}`),
    endSessions: (everywhere) => call('DELETE', `sessions${query({ everywhere })}`),
    audit: ({ everyone, before }) => call('GET', `audit${query({ everyone, before })}`)
  })
}

/** @param {Passport.Call} call */
function keyCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    replaceKey: (replacement) => call('PUT', 'credentials/comfy', replacement),
    removeKey: () => call('DELETE', 'credentials/comfy'),
    checkKey: () => call('POST', 'credentials/comfy/check'),
    revealKey: () => call('POST', 'credentials/comfy/reveal', {}),
    nodePacks: () => call('GET', 'node-packs'),
    allowNodePack: (name, decision) => call('PUT', `node-packs/${part(name)}`, { decision }),
    takeBackNodePack: (name) => call('DELETE', `node-packs/${part(name)}`)
  })
}

/** @param {Passport.Call} call */
function apiKeyCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    reauthenticate: (proof) => call('POST', 'session/reauthentication', proof),
    apiKeys: () => call('GET', 'api-keys'),
    makeApiKey: (key) => call('POST', 'api-keys', key),
    rotateApiKey: (id, seconds) => call('POST', `api-keys/${part(id)}/rotate`, { overlap_seconds: seconds }),
    deleteApiKeys: (ids) => call('DELETE', `api-keys?${ids.map((id) => `id=${part(id)}`).join('&')}`)
  })
}

/** @param {Passport.Call} call */
function leavingCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    deletionPreview: () => call('GET', 'account/deletion-preview'),
    exportAccount: () => call('POST', 'account/export', {}),
    cancelAccount: () => call('POST', 'account/cancel', {}),
    reactivateAccount: () => call('POST', 'account/reactivate'),
    deleteAccount: (deletion) => call('POST', 'account/delete', deletion),
    askForDeletion: (request) => call('POST', 'deletion-requests', request)
  })
}

/** @param {Passport.Call} call */
function ownerCalls(call) {
  return /** @satisfies {Partial<Passport.Calls>} */ ({
    people: ({ search, after }) => call('GET', `accounts${query({ search, after })}`),
    setPersonState: (id, state) => call('PUT', `accounts/${part(id)}/state`, { state }),
    vouchForEmail: (id) => call('PUT', `accounts/${part(id)}/email-verified`),
    makeResetLink: (id) => call('POST', `accounts/${part(id)}/password-reset`),
    logPersonOut: (id) => call('DELETE', `accounts/${part(id)}/sessions`),
    invitations: () => call('GET', 'invitations'),
    invite: (invitation) => call('POST', 'invitations', invitation),
    takeBackInvitation: (id) => call('DELETE', `invitations/${part(id)}`),
    mail: () => call('GET', 'mail'),
    sendTestMail: () => call('POST', 'mail/test'),
    nameComfyUser: (id, name) => call('PUT', `accounts/${part(id)}/comfy-user`, { comfy_user: name }),
    deletionRequests: () => call('GET', 'deletion-requests'),
    grantDeletion: (id) => call('POST', `deletion-requests/${part(id)}/grant`),
    refuseDeletion: (id) => call('DELETE', `deletion-requests/${part(id)}`)
  })
}

/**
 * @param {Passport.Call} call
 * @returns {Passport.Calls}
 */
export function dialogCalls(call) {
  return {
    ...pageCalls(call), ...logInCalls(call), ...providerCalls(call), ...accountCalls(call), ...keyCalls(call),
    ...apiKeyCalls(call), ...leavingCalls(call), ...ownerCalls(call)
  }
}
