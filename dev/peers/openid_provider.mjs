/**
 * A strict OpenID provider, like Google's: code with PKCE S256, RS256, `iss` in the callback, userinfo,
 * device flow. It is the real npm package oidc-provider; only persons and clients are made up.
 */
import { AuthorizationServer } from './authorization_server.mjs'
import { serve, Traffic } from './serving.mjs'

const CODE = 'authorization_code'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const SECRET = 'practice-client-secret-of-no-worth'

const client = (id, method, grants) => ({
  client_id: id,
  ...(method === 'none' ? {} : { client_secret: SECRET }),
  token_endpoint_auth_method: method,
  grant_types: grants,
  response_types: grants.includes(CODE) ? ['code'] : [],
  ...(grants.includes(CODE) ? {} : { redirect_uris: [] })
})

const clients = [
  client('passport-web', 'client_secret_basic', [CODE]),
  client('passport-public', 'none', [CODE]),
  client('passport-device', 'client_secret_basic', [CODE, DEVICE]),
  client('passport-device-only', 'none', [DEVICE])
]
const redirects = ['http://127.0.0.1/passport/oauth/oidc:practice/callback']
const traffic = new Traffic()

await serve(traffic, (url) => {
  const server = new AuthorizationServer(url, { clients, redirect_uris: redirects })
  return {
    handle: (request, response) => server.handle(request, response),
    control: (asked) => server.control(asked),
    state: () => server.state()
  }
})
