/**
 * oidc-provider, arranged for tests: who logs in is chosen on a small page each time, persons,
 * clients and keys are set over the control, and everything lives in memory.
 */
import crypto from 'node:crypto'

import { interactionPolicy, Provider } from 'oidc-provider'

import { newKey, rotate } from './keys.mjs'
import { MemoryStore } from './memory_store.mjs'
import { confirmCodePage, donePage, errorPage, interactionPage, userCodePage } from './pages.mjs'
import { readText } from './serving.mjs'

const HOUR_SECONDS = 3600

export const DEFAULTS = {
  persons: [],
  clients: [],
  redirect_uris: [],
  interval_seconds: 1,
  enforce_interval: false,
  slow_down_times: 0,
  device_code_seconds: 600,
  claims_in_id_token: true
}

/** Forget who logged in here before: the page asks each time, as in a browser that is new here. */
function askEachTime() {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy.get('login').checks.unshift(
    new Check('new_browser', 'the person is asked each time', ({ oidc }) => {
      if (!oidc.result) {
        delete oidc.session.accountId
        delete oidc.session.authorizations
      }
      return Check.NO_NEED_TO_PROMPT
    })
  )
  return policy
}

export class AuthorizationServer {
  #store = new MemoryStore()
  #firstKey = newKey()
  #lastPoll = new Map()
  #cookieKey = crypto.randomBytes(16).toString('hex')

  /**
   * @param url       the issuer
   * @param defaults  the settings that `reset` comes back to, over DEFAULTS
   * @param configuration  what oidc-provider shall know besides
   * @param around    a middleware (Koa's) round all that oidc-provider does
   */
  constructor(url, defaults, configuration = {}, around = (_, next) => next()) {
    Object.assign(this, { url, defaults: { ...DEFAULTS, ...defaults }, configuration, around })
    this.reset()
  }

  reset() {
    this.#store.clear()
    this.#lastPoll.clear()
    this.settings = structuredClone(this.defaults)
    this.keys = [this.#firstKey]
    this.#build()
  }

  control(asked) {
    if (asked.reset) this.reset()
    for (const name of Object.keys(DEFAULTS)) {
      if (name in asked) this.settings[name] = asked[name]
    }
    if (asked.rotate_keys) this.keys = rotate(this.keys, asked.rotate_keys)
    if (asked.expire) this.#store.expire(asked.expire)
    this.#build()
  }

  state() {
    const kids = this.keys.map((key) => key.kid)
    return { settings: this.settings, kids }
  }

  person(subject) {
    return this.settings.persons.find((person) => person.subject === subject)
  }

  #clients() {
    const redirects = this.settings.redirect_uris
    return this.settings.clients.map((client) =>
      client.grant_types.includes('authorization_code') ? { redirect_uris: redirects, ...client } : client
    )
  }

  #build() {
    const { persons, claims_in_id_token: inIdToken, device_code_seconds: deviceSeconds } = this.settings
    this.provider = new Provider(this.url, {
      adapter: this.#store.adapter,
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      clients: this.#clients(),
      clientDefaults: { id_token_signed_response_alg: 'RS256' },
      conformIdTokenClaims: !inIdToken,
      cookies: { keys: [this.#cookieKey] },
      features: { devInteractions: { enabled: false }, deviceFlow: this.#deviceFlow(), revocation: { enabled: true } },
      findAccount: (_, subject) => {
        const person = persons.find((known) => known.subject === subject)
        return person && { accountId: subject, claims: () => ({ sub: subject, ...person.claims }) }
      },
      interactions: { policy: askEachTime(), url: (_, { uid }) => `/interaction/${uid}` },
      jwks: { keys: this.keys },
      pkce: { required: (_, client) => client.grantTypeAllowed('authorization_code') },
      renderError: (ctx, out) => {
        ctx.type = 'html'
        ctx.body = errorPage(out)
      },
      ttl: {
        AccessToken: HOUR_SECONDS, AuthorizationCode: 60, DeviceCode: deviceSeconds, Grant: HOUR_SECONDS,
        IdToken: HOUR_SECONDS, Interaction: HOUR_SECONDS, RefreshToken: HOUR_SECONDS, Session: HOUR_SECONDS
      },
      ...this.configuration
    })
    this.provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`))
    this.provider.use(this.around)
    this.provider.use((ctx, next) => this.#pace(ctx, next))
    this.handler = this.provider.callback()
  }

  #deviceFlow() {
    const show = (render) => (ctx, ...details) => {
      ctx.type = 'html'
      ctx.body = render(...details)
    }
    return {
      enabled: true,
      userCodeInputSource: show((form, out) => userCodePage(form, out)),
      userCodeConfirmSource: show((form, client, device, code) => confirmCodePage(form, code)),
      successSource: show(donePage)
    }
  }

  /** oidc-provider knows neither `interval` nor slow_down (RFC 8628, 3.2 and 3.5). */
  async #pace(ctx, next) {
    await next()
    if (ctx.oidc?.route === 'device_authorization' && ctx.body?.device_code) {
      ctx.body.interval = this.settings.interval_seconds
    }
    if (ctx.oidc?.route === 'token' && ctx.body?.error === 'authorization_pending') {
      if (this.#tooFast(ctx.oidc.params.device_code)) {
        ctx.body = { error: 'slow_down', error_description: 'you ask too often' }
      }
    }
  }

  #tooFast(code) {
    const now = performance.now()
    const since = now - (this.#lastPoll.get(code) ?? -Infinity)
    this.#lastPoll.set(code, now)
    if (this.settings.slow_down_times > 0) {
      this.settings.slow_down_times -= 1
      return true
    }
    return this.settings.enforce_interval && since < this.settings.interval_seconds * 1000
  }

  async handle(request, response) {
    if (!request.url.startsWith('/interaction/')) return this.handler(request, response)
    try {
      const asking = await this.provider.interactionDetails(request, response)
      const answer = request.method === 'POST' ? new URLSearchParams(await readText(request)) : null
      if (answer) return await this.#finish(request, response, asking, answer)
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
      const { client_id: client, scope = '' } = asking.params
      return response.end(interactionPage(request.url, this.settings.persons, client, scope))
    } catch (error) {
      response.writeHead(error.statusCode ?? 500, { 'Content-Type': 'text/html; charset=utf-8' })
      return response.end(errorPage({ error: error.message, error_description: error.error_description }))
    }
  }

  async #finish(request, response, asking, answer) {
    const result = answer.get('choice') === 'approve'
      ? await this.#approval(asking, answer.get('person'))
      : { error: 'access_denied', error_description: 'The person said no.' }
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }

  async #approval({ params }, subject) {
    const grant = new this.provider.Grant({ accountId: subject, clientId: params.client_id })
    if (params.scope) grant.addOIDCScope(params.scope)
    return { login: { accountId: subject }, consent: { grantId: await grant.save() } }
  }
}
