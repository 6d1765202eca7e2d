/** The calls about the hosted Comfy account. Their types stand in web/types/comfy_account.d.ts. */
import { CallError } from '../server_call.mjs'
import { frontendLogIn } from './frontend_log_in.mjs'

const TOKEN_HEADER = 'X-Comfy-Token'
const PROVE = 'reauthenticate'
const REFUSED = 'comfy_refused'

const part = encodeURIComponent

/**
 * What Comfy refuses comes under one code, with the reason in its details: told apart, it can be
 * said at the field that it concerns.
 * @param {Passport.Call} call
 * @returns {Passport.Call}
 */
function tellingApart(call) {
  return (...asked) => call(...asked).catch((error) => {
    if (error.code !== REFUSED || !error.details.reason) throw error
    throw new CallError(`comfy_${error.details.reason}`, error.message, error.details)
  })
}

/**
 * Sends ComfyUI's own log-in along, where there is one. A log-in that cannot be renewed must not
 * keep the server from using the one that it has; and none goes over a network that others can read.
 * @param {Passport.Call} call
 * @param {() => Passport.FrontendLogIn | null} frontend
 * @returns {Passport.Call}
 */
function withToken(call, frontend) {
  return async (method, path, body) => {
    const token = isSecureContext ? await frontend()?.freshToken().catch(() => null) : null
    return call(method, path, body, token ? { [TOKEN_HEADER]: token } : {})
  }
}

/** @param {Passport.Call} call */
function entryCalls(call) {
  return /** @satisfies {Partial<Passport.ComfyCalls>} */ ({
    prove: (idToken, more) =>
      call('POST', 'comfy-account/hand-over', { id_token: idToken, purpose: PROVE, ...more }),
    provePassword: (logIn) => call('POST', 'comfy-account/log-in', { ...logIn, purpose: PROVE }),
    handOver: (idToken, more) => call('POST', 'comfy-account/hand-over', { id_token: idToken, ...more }),
    logIn: (logIn) => call('POST', 'comfy-account/log-in', logIn),
    signUp: (signUp) => call('POST', 'comfy-account/sign-up', signUp),
    askForPasswordReset: (email) => call('POST', 'comfy-account/password-reset', { email }),
    startCode: (more) => call('POST', 'comfy-account/login-code', more),
    pollCode: (flow) => call('POST', 'comfy-account/login-code/poll', { flow }),
    disconnect: () => call('DELETE', 'comfy-account')
  })
}

/** @param {Passport.Call} call */
function hostedCalls(call) {
  return /** @satisfies {Partial<Passport.ComfyCalls>} */ ({
    address: () => call('GET', 'comfy-account/address'),
    sendVerification: () => call('POST', 'comfy-account/verification'),
    changePassword: (change) => call('PUT', 'comfy-account/password', change),
    credits: (page = 1) => call('GET', page > 1 ? `credits?page=${page}` : 'credits'),
    topUp: (amount) => call('POST', 'comfy-account/top-up', { amount_usd: amount }),
    billingPortal: () => call('POST', 'comfy-account/billing-portal', {}),
    subscription: () => call('GET', 'comfy-account/subscription'),
    cancelSubscription: () => call('POST', 'comfy-account/subscription/cancel', {}),
    resubscribe: () => call('POST', 'comfy-account/subscription/resubscribe', {}),
    keys: () => call('GET', 'comfy-account/keys'),
    makeKey: (key) => call('POST', 'comfy-account/keys', key),
    deleteKey: (id) => call('DELETE', `comfy-account/keys/${part(id)}`)
  })
}

/**
 * @param {Passport.DialogPanel} panel
 * @returns {Passport.ComfyPanel}
 */
export function comfyPanel(panel) {
  /** Whose account this is, once the server has said so. @type {string | null} */
  let email = null
  const frontend = () => frontendLogIn(panel.app)
  const ownFrontend = () => {
    const logIn = frontend()
    return isOther(logIn, email) ? null : logIn
  }
  const call = tellingApart(panel.call)
  const comfyAccount = async () => {
    /** @type {Passport.ComfyAccount} */
    const account = await call('GET', 'comfy-account')
    email = account.email
    return account
  }
  return { ...panel, frontend, comfy: { ...entryCalls(call), ...hostedCalls(withToken(call, ownFrontend)), comfyAccount } }
}

/**
 * Whether somebody else is logged in to ComfyUI itself: nobody is shown another one's credits.
 * @param {Passport.FrontendLogIn | null} logIn
 * @param {string | null} email of the account at Comfy that is connected here
 */
export function isOther(logIn, email) {
  return Boolean(logIn?.email && email && logIn.email.toLowerCase() !== email.toLowerCase())
}

/**
 * How somebody can log in with Comfy's account from here.
 * @param {Pick<Passport.Panel, 'state'>} panel
 */
export function comfyMethod({ state }) {
  return state.status?.methods.find(({ id }) => id === 'comfy')
}

/**
 * Somebody may have logged in to ComfyUI in another tab meanwhile: looks whenever they come back to this one.
 * @param {HTMLElement} element once it has gone, nothing looks any more
 * @param {() => void} look
 */
export function lookAgainOnReturn(element, look) {
  const returned = () => {
    if (element.isConnected) look()
    else removeEventListener('focus', returned)
  }
  addEventListener('focus', returned)
}
