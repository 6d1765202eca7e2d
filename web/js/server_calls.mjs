/** The calls to Passport's own routes. Their types stand in web/types/contract.d.ts. */

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
   */
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** @param {Response} answer */
async function errorOf(answer) {
  const { error } = await answer.json().catch(() => ({}))
  if (error?.code) return new CallError(error.code, error.message)
  return new CallError(answer.status >= 500 ? SERVER_SILENT : ROUTES_MISSING)
}

/**
 * @param {Passport.Api} api
 * @returns {Passport.Calls}
 */
export function serverCalls(api) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   * @throws {CallError}
   */
  async function call(method, path, body) {
    const headers = {
      ...(method !== 'GET' && { 'X-Passport': '1' }),
      ...(body && { 'Content-Type': 'application/json' })
    }
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    const options = { method, headers, body: JSON.stringify(body), signal }
    const answer = await api.fetchApi(`/passport/${path}`, { ...options, cache: 'no-store' })
      .catch(() => {
        throw new CallError(SERVER_SILENT)
      })
    if (!answer.ok) throw await errorOf(answer)
    if (answer.status === 204) return null
    return answer.json().catch(() => {
      throw new CallError(ROUTES_MISSING)
    })
  }

  /** @param {string} name */
  const nodePack = (name) => `node-packs/${encodeURIComponent(name)}`
  return {
    status: () => call('GET', 'status'),
    checks: (remote) => call('GET', remote ? 'checks?remote=1' : 'checks'),
    logIn: (logIn) => call('POST', 'session/api-key', logIn),
    logOut: (forget) => call('DELETE', forget ? 'session?forget=true' : 'session'),
    replaceKey: (replacement) => call('PUT', 'credentials/comfy', replacement),
    removeKey: () => call('DELETE', 'credentials/comfy'),
    checkKey: () => call('POST', 'credentials/comfy/check'),
    nodePacks: () => call('GET', 'node-packs'),
    allowNodePack: (name, decision) => call('PUT', nodePack(name), { decision }),
    takeBackNodePack: (name) => call('DELETE', nodePack(name))
  }
}
