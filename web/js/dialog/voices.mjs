/** Where the dialog says what belongs to no single field. */
import { icon } from '../controls/icons.mjs'
import { element } from '../dom.mjs'

const HEADLINE_ICON = /** @type {const} */ ({
  checking: 'clock', ok: 'check', skipped: 'check', warn: 'warning', fail: 'error'
})

/**
 * The line under the title that names the Doctor's most important finding.
 * @param {Passport.Texts} texts
 */
export function headline(texts) {
  const button = element('button', { type: 'button', 'data-part': 'headline' })
  return {
    button,
    /** @type {Passport.TellHeadline} */
    tell(state, sentence) {
      button.className = `headline ${state}`
      button.title = sentence
      button.replaceChildren(icon(HEADLINE_ICON[state]),
        element('span', { class: 'spoken' }, `${texts.get('doctor.title')}: `),
        element('span', { class: 'headline-text' }, sentence))
    }
  }
}

/** Where sentences go that belong to no field: to screen readers, and over the dialog's foot. */
export function voices() {
  const spoken = element('p', { class: 'spoken', role: 'status' })
  const complaint = element('div', { class: 'complaint', role: 'alert' })
  return {
    elements: [complaint, spoken],
    announce(/** @type {string} */ sentence) {
      complaint.replaceChildren()
      spoken.textContent = sentence
    },
    complain: (/** @type {string} */ sentence) =>
      complaint.replaceChildren(icon('error'), element('span', {}, sentence))
  }
}
