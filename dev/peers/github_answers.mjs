/** How GitHub answers: with 200 whatever happens, form-encoded unless JSON was asked for, in its own words. */

const DOCS = 'https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors'

const DESCRIPTIONS = {
  bad_verification_code: 'The code passed is incorrect or expired.',
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  redirect_uri_mismatch: 'The redirect_uri MUST match the registered callback URL for this application.',
  authorization_pending: 'The authorization request is still pending.',
  slow_down: 'Too many requests have been made in the same timeframe.',
  expired_token: 'The device code has expired.',
  access_denied: 'The authorization request was denied.',
  incorrect_device_code: 'The device_code provided is not valid.',
  unsupported_grant_type: 'The grant type is not supported.',
  device_flow_disabled: 'Device Flow must be explicitly enabled for this App.'
}

export const refusal = (error, more = {}) => ({
  error,
  error_description: DESCRIPTIONS[error] ?? error,
  error_uri: DOCS,
  ...more
})

/** What GitHub calls an error of oidc-provider's token endpoint. */
export function nameOfError(error, isDevice) {
  if (error === 'invalid_grant') return isDevice ? 'incorrect_device_code' : 'bad_verification_code'
  if (error === 'invalid_client') return 'incorrect_client_credentials'
  return error
}

/** Write the answer on Koa's context, as the client's Accept header wants it. */
export function answer(ctx, body, status = 200) {
  ctx.status = status
  const wantsJson = (ctx.get('accept') ?? '').includes('application/json')
  ctx.body = wantsJson ? JSON.stringify(body) : new URLSearchParams(body).toString()
  ctx.type = wantsJson ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8'
}
