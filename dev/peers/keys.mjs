/** RSA keys for tokens, as JWKs with their private part. */
import crypto from 'node:crypto'

export function newKey() {
  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = crypto.randomBytes(8).toString('hex')
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
}

/** What the world may know of a key. */
export const publicPart = ({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use })

/** `rotate_keys` of a control: the new key signs; the old ones stay listed, or not. */
export const rotate = (keys, how) => [newKey(), ...(how === 'keep_old' ? keys : [])]
