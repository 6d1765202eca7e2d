/** The few pages that a person sees at a peer: plain forms, for a real browser or for a script. */

export const escape = (text) =>
  String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}`

function personChoice({ subject, name, email }, index) {
  return `<p><label><input type="radio" name="person" value="${escape(subject)}"${index ? '' : ' checked'}>
${escape(name)} (${escape(email)})</label>`
}

/** Who are you, and may this application know? */
export function interactionPage(action, persons, clientId, scope) {
  return page('Log in at the practice provider', `<form method="post" action="${escape(action)}">
${persons.map(personChoice).join('')}
<p>The application ${escape(clientId)} asks for: ${escape(scope)}
<p><button name="choice" value="approve">Approve</button> <button name="choice" value="deny">Deny</button></form>`)
}

export function userCodePage(form, error) {
  const said = error ? `<p role="alert">The code is not known, used or too old.</p>` : ''
  return page('Enter the code', `${said}${form}<p><button type="submit" form="op.deviceInputForm">Continue</button>`)
}

export function confirmCodePage(form, code) {
  return page('Is this the code?', `${form}<p><code>${escape(code)}</code>
<p><button type="submit" form="op.deviceConfirmForm">Yes</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No</button>`)
}

export const donePage = () => page('Done', '<p>You can go back to your device.')

export const errorPage = ({ error, error_description: description }) =>
  page('Refused', `<p><code>${escape(error)}</code> ${escape(description ?? '')}`)
