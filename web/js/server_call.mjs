/** How to ask Passport's own routes, and the two questions of every page. */

/** Longer than the ten seconds the server itself waits for a remote service. */
const TIME_LIMIT_MS = 20_000

/** No answer came: the server is down, or the way to it. */
export const SERVER_SILENT = 'server_silent'
/** ComfyUI answers, but Passport's routes are not there. */
export const ROUTES_MISSING = 'routes_missing'

/** A call that did not succeed. `code` is the server's, or one of the two above. */
export class CallError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {Record<string, unknown>} [details]
   */
  constructor(code, message, details = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** @param {Response} answer */
async function errorOf(answer) {
  const { error } = await answer.json().catch(() => ({}))
  if (error?.code) return new CallError(error.code, error.message, error.details)
  return new CallError(answer.status >= 500 ? SERVER_SILENT : ROUTES_MISSING)
}

/**
 * @param {Passport.Api} api
 * @returns {Passport.Call}
 */
export function serverCall(api) {
  return async (method, path, body, more) => {
    const headers = {
      ...(method !== 'GET' && { 'X-Passport': '1' }),
      ...(body && { 'Content-Type': 'application/json' }),
      ...more
    }
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    const options = { method, headers, body: JSON.stringify(body), signal }
    const answer = await api.fetchApi(`/passport/${path}`, { ...options, cache: 'no-store' })
      .catch(() => {
        throw new CallError(SERVER_SILENT)
      })
    if (!answer.ok) throw await errorOf(answer)
    if (answer.status === 204) return null
    if (answer.headers.get('Content-Type') === 'application/zip') return answer.blob()
    return answer.json().catch(() => {
      throw new CallError(ROUTES_MISSING)
    })
  }
}

/**
 * The dialog's are in dialog/calls.mjs.
 * @param {Passport.Call} call
 * @returns {Passport.PageCalls}
 */
export function pageCalls(call) {
  return {
    status: () => call('GET', 'status'),
    logOut: (forget) => call('DELETE', forget ? 'session?forget=true' : 'session')
  }
}
