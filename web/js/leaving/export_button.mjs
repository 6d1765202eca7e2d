/** What the server knows of the account, to take along. */
import { proven } from '../account/proof.mjs'
import { actionButton, sentenceOf } from '../controls/buttons.mjs'
import { element } from '../dom.mjs'

const FILE = 'passport-account.zip'
/** Browsers read the file after the click; by then they have. */
const READ_BY_MS = 60_000

/** @param {Blob} file */
function save(file) {
  const href = URL.createObjectURL(file)
  element('a', { href, download: FILE }).click()
  setTimeout(() => URL.revokeObjectURL(href), READ_BY_MS)
}

/** @param {Passport.DialogPanel} panel */
export function exportButton(panel) {
  const { texts, calls, announce, complain } = panel
  return actionButton(texts.get('end.download_my_data'), 'secondary', async () => {
    try {
      const file = await proven(panel, 'proof.to_export', calls.exportAccount)
      if (!file) return
      save(file)
      announce(texts.get('end.downloaded'))
    } catch (error) {
      complain(sentenceOf(texts, error))
    }
  }, { 'data-part': 'export' })
}
