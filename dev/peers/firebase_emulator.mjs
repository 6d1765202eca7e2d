/**
 * The Firebase Auth emulator of npm's firebase-tools, without the command line round it. It issues its
 * tokens unsigned, which no product should take: here they are signed with a key made at the start, and
 * `/__keys` publishes it. All the rest is the emulator's own.
 */
import crypto from 'node:crypto'
import { createRequire } from 'node:module'

import { newKey, publicPart, rotate } from './keys.mjs'
import { sendJson, serve, Traffic } from './serving.mjs'

const [, , folder, project] = process.argv
const load = createRequire(`${folder}/`)
const firstKey = newKey()
let keys = [firstKey]

// Before the emulator is loaded, which takes `sign` from the same module.
const jsonwebtoken = load('jsonwebtoken')
const sign = jsonwebtoken.sign
jsonwebtoken.sign = (payload, secret, options) => {
  if (options?.algorithm !== 'none') return sign(payload, secret, options)
  const key = crypto.createPrivateKey({ key: keys[0], format: 'jwk' })
  return sign(payload, key, { ...options, algorithm: 'RS256', keyid: keys[0].kid })
}
load('firebase-tools/lib/logger').logger.silent = true
// To start in half the time: what no test asks for is left out of its table of calls.
const NOT_ASKED_FOR = /tenants|saml|idpConfig|supportedIdp|gameCenter|passkey|recaptcha|batch|query|verifyIos/i
const { paths } = load('firebase-tools/lib/emulator/auth/apiSpec').default
for (const path of Object.keys(paths)) {
  if (NOT_ASKED_FOR.test(path)) delete paths[path]
}
const { createApp } = load('firebase-tools/lib/emulator/auth/server')

await serve(new Traffic(), async () => {
  const app = await createApp(project, 1)
  return {
    handle: (request, response) =>
      request.url === '/__keys'
        ? sendJson(response, { keys: keys.map(publicPart) }, 200, { 'Cache-Control': 'public, max-age=3600' })
        : app(request, response),
    control: (asked) => {
      if (asked.reset) keys = [firstKey]
      if (asked.rotate_keys) keys = rotate(keys, asked.rotate_keys)
    },
    state: () => ({ kids: keys.map((key) => key.kid) })
  }
})
