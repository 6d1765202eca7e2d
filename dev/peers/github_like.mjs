/**
 * The npm package oidc-provider behind GitHub's addresses, answers and error codes: plain OAuth 2, no ID
 * token, no `iss` in the callback, PKCE where a client wants it, and an API that tells who somebody is.
 */
import { AuthorizationServer } from './authorization_server.mjs'
import { answer, nameOfError, refusal } from './github_answers.mjs'
import { readText, sendJson, serve, Traffic } from './serving.mjs'

const CODE = 'authorization_code'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const SECRET = 'practice-client-secret-of-no-worth'
const PATHS = { authorize: '/login/oauth/authorize', token: '/login/oauth/access_token', device: '/login/device/code' }
const SCOPES = ['read:user', 'user', 'user:email']
const SLOWER_SECONDS = 5

// Public to oidc-provider: that the secret is right is seen here, where GitHub wants one.
const client = (id, grants) => ({
  client_id: id, token_endpoint_auth_method: 'none', grant_types: grants, response_types: ['code']
})
const clients = [client('passport-github', [CODE, DEVICE]), client('passport-github-no-device', [CODE])]
const redirects = ['http://127.0.0.1/passport/oauth/github/callback']
const traffic = new Traffic()
const intervals = new Map()
let server

const known = (id) => server.settings.clients.find((one) => one.client_id === id)

async function readFields(ctx) {
  const text = await readText(ctx.req)
  const isJson = ctx.is('application/json')
  const sent = isJson ? JSON.parse(text || '{}') : Object.fromEntries(new URLSearchParams(text))
  return { ...ctx.query, ...sent }
}

/** Hand the fields on to oidc-provider, which reads forms only. */
function passOn(ctx, fields) {
  ctx.req.headers['content-type'] = 'application/x-www-form-urlencoded'
  ctx.req.body = fields
}

async function authorize(ctx, next) {
  const { prompt: _, ...asked } = ctx.query
  const scope = (asked.scope ?? '').replaceAll(',', ' ')
  const redirectUri = server.settings.redirect_uris[0]
  if (ctx.path === PATHS.authorize) ctx.query = { response_type: 'code', redirect_uri: redirectUri, ...asked, scope }
  await next()
  const location = ctx.response.get('location')
  if (location && !location.startsWith('/') && !location.startsWith(server.url)) {
    const address = new URL(location)
    address.searchParams.delete('iss')
    ctx.set('location', address.href)
  }
}

async function refusedBefore(fields, isDevice) {
  const secretIsRight = isDevice || fields.client_secret === SECRET
  if (!known(fields.client_id) || !secretIsRight) return refusal('incorrect_client_credentials')
  if (isDevice) return known(fields.client_id).grant_types.includes(DEVICE) ? null : refusal('device_flow_disabled')
  const code = await server.provider.AuthorizationCode.find(fields.code ?? '', { ignoreExpiration: true })
  fields.redirect_uri ??= code?.redirectUri
  return !code || code.redirectUri === fields.redirect_uri ? null : refusal('redirect_uri_mismatch')
}

async function token(ctx, next) {
  const fields = { grant_type: CODE, ...(await readFields(ctx)) }
  const isDevice = fields.grant_type === DEVICE
  const refused = await refusedBefore(fields, isDevice)
  if (refused) return answer(ctx, refused)
  delete fields.client_secret
  passOn(ctx, fields)
  await next()
  if (ctx.body.error) return answer(ctx, refusalAfter(ctx.body.error, fields, isDevice))
  const { access_token: accessToken, scope = '' } = ctx.body
  return answer(ctx, { access_token: accessToken, token_type: 'bearer', scope: scope.replaceAll(' ', ',') })
}

function refusalAfter(error, fields, isDevice) {
  if (error !== 'slow_down') return refusal(nameOfError(error, isDevice))
  const interval = (intervals.get(fields.device_code) ?? server.settings.interval_seconds) + SLOWER_SECONDS
  intervals.set(fields.device_code, interval)
  return refusal('slow_down', { interval })
}

async function deviceCode(ctx, next) {
  const fields = await readFields(ctx)
  const asking = known(fields.client_id)
  if (!asking) return answer(ctx, { error: 'Not Found' }, 404)
  if (!asking.grant_types.includes(DEVICE)) return answer(ctx, refusal('device_flow_disabled'))
  passOn(ctx, fields)
  await next()
  const { verification_uri_complete: _, ...body } = ctx.body
  return answer(ctx, body)
}

function asGitHub(ctx, next) {
  if (ctx.path.startsWith(PATHS.authorize)) return authorize(ctx, next)
  if (ctx.path === PATHS.token && ctx.method === 'POST') return token(ctx, next)
  if (ctx.path === PATHS.device && ctx.method === 'POST') return deviceCode(ctx, next)
  return next()
}

/** GitHub's API (api.github.com), of which there are two calls. */
async function api(request, response, path) {
  const documentation = { documentation_url: 'https://docs.github.com/rest' }
  if (!request.headers['user-agent']) {
    return sendJson(response, { message: 'Request forbidden by administrative rules: no User-Agent header.' }, 403)
  }
  const value = /^(?:Bearer|token) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const found = value && (await server.provider.AccessToken.find(value))
  const person = found && server.person(found.accountId)
  if (!person) return sendJson(response, { message: 'Bad credentials', status: '401', ...documentation }, 401)
  const scopes = (found.scope ?? '').split(' ')
  const headers = { 'X-OAuth-Scopes': scopes.join(', ') }
  if (path === '/user') return sendJson(response, person.user, 200, headers)
  const mayRead = scopes.includes('user') || scopes.includes('user:email')
  if (!mayRead) return sendJson(response, { message: 'Not Found', status: '404', ...documentation }, 404, headers)
  return sendJson(response, person.emails, 200, headers)
}

const configuration = {
  scopes: SCOPES,
  pkce: { required: () => false },
  routes: {
    authorization: PATHS.authorize, token: PATHS.token, device_authorization: PATHS.device, code_verification: '/login/device'
  }
}

await serve(traffic, (url) => {
  server = new AuthorizationServer(url, { clients, redirect_uris: redirects, interval_seconds: 5 }, configuration, asGitHub)
  return {
    handle: (request, response) => {
      const { pathname } = new URL(request.url, url)
      if (pathname === '/user' || pathname === '/user/emails') return api(request, response, pathname)
      const isThere = pathname.startsWith('/login/') || pathname.startsWith('/interaction/')
      return isThere ? server.handle(request, response) : sendJson(response, { message: 'Not Found' }, 404)
    },
    control: (asked) => server.control(asked),
    state: () => server.state()
  }
})
