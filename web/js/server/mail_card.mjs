/** How this server's mail goes out, and whether it does. */
import { actionButton, card, notice, quiet, sentenceOf } from '../controls/buttons.mjs'
import { fetchedPart } from '../controls/fetched_part.mjs'
import { element } from '../dom.mjs'

/** @param {Passport.DialogPanel} panel */
export function mailCard(panel) {
  const { texts, calls, announce, complain } = panel
  const answer = element('p', { class: 'part', role: 'status' })
  const test = () => actionButton(texts.get('mail.send_a_test_mail'), 'secondary', async () => {
    try {
      const { sent_to: email } = await calls.sendTestMail()
      answer.textContent = texts.get('address.sent_to', { email })
      announce(answer.textContent)
    } catch (error) {
      answer.textContent = ''
      complain(sentenceOf(texts, error))
    }
    await list.refresh()
  }, { 'data-part': 'test-mail' })

  /** @param {Passport.MailState} mail */
  const content = (mail) => {
    if (!mail.enabled) return [quiet(texts.get('mail.not_set_up'))]
    const { host, port, security, sender, waiting, problem } = mail
    const rows = [
      ['mail.server', `${host}:${port}`], ['mail.security', String(security)],
      ['mail.sender', String(sender)], ['mail.waiting', String(waiting)]
    ]
    return [
      problem ? notice('warning', texts.get('mail.problem'), problem) : null,
      element('dl', { class: 'facts' }, ...rows.map(([term, value]) => element('div', { class: 'fact' },
        element('dt', {}, texts.get(term)), element('dd', {}, value)))),
      element('div', { class: 'buttons' }, test())
    ]
  }
  const list = fetchedPart(panel, calls.mail, content)
  return { element: card(texts.get('mail.title'), list.element, answer), refresh: list.refresh }
}
