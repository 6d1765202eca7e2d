/** What goes with an account, counted, and what else could. */
import { choice } from '../controls/choice.mjs'
import { icon } from '../controls/icons.mjs'
import { element } from '../dom.mjs'

const COUNTED = ['sessions', 'api_keys', 'credentials', 'identities', 'node_packs', 'events']
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/**
 * "2 sessions", in the words of the person's language for that number.
 * @param {Passport.Texts} texts
 * @param {string} kind
 * @param {number} count
 */
function counted(texts, kind, count) {
  const words = texts.get(count === 1 ? `counts.${kind}_one` : `counts.${kind}`)
  return `${new Intl.NumberFormat(texts.locale).format(count)} ${words}`
}

/**
 * @param {Passport.Texts} texts
 * @param {Record<string, number>} counts
 */
export function countsLine(texts, counts) {
  const parts = COUNTED.filter((kind) => counts[kind] > 0).map((kind) => counted(texts, kind, counts[kind]))
  return new Intl.ListFormat(texts.locale).format([texts.get('counts.profile'), ...parts])
}

/**
 * @param {Passport.Texts} texts
 * @param {number} bytes
 */
function size(texts, bytes) {
  const step = Math.min(Math.max(Math.floor(Math.log10(bytes || 1) / 3), 0), UNITS.length - 1)
  return new Intl.NumberFormat(texts.locale, {
    style: 'unit', unit: UNITS[step], unitDisplay: 'short', maximumFractionDigits: 1
  }).format(bytes / 1000 ** step)
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.Belonging[]} files
 */
function fileList(texts, files) {
  return element('details', { class: 'more' },
    element('summary', { 'data-part': 'list-files' }, texts.get('end.show_the_list'), icon('down')),
    element('ul', { class: 'files', tabindex: 0 }, ...files.map(({ name, size_bytes: bytes }) =>
      element('li', {}, element('code', {}, name), element('span', { class: 'muted' }, size(texts, bytes))))))
}

/**
 * A box that takes these along.
 * @param {Passport.Texts} texts
 * @param {Passport.Belonging['kind']} kind
 * @param {Passport.Belonging[]} things
 * @param {number} days
 */
function belongingsChoice(texts, kind, things, days) {
  const total = size(texts, things.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0))
  const isFiles = kind === 'outputs'
  const what = isFiles ? counted(texts, kind, things.length) : things[0].name
  const { box, element: line } = choice(kind,
    texts.get(`end.${kind}_too`, { what, size: total }), texts.get('end.to_the_trash', { days }))
  return { box, element: element('div', { class: 'belongings' }, line, isFiles && fileList(texts, things)) }
}

/**
 * @param {Passport.Texts} texts
 * @param {Passport.DeletionPreview} preview
 */
export function belongingsChoices(texts, { belongings, cancelled_account_days: days }) {
  /** @param {Passport.Belonging['kind']} kind */
  const of = (kind) => {
    const things = belongings.filter((thing) => thing.kind === kind)
    return things.length ? belongingsChoice(texts, kind, things, days) : null
  }
  const [outputs, folder] = [of('outputs'), of('user_folder')]
  return {
    elements: [outputs?.element ?? null, folder?.element ?? null],
    fields: () => ({ outputs: outputs?.box.checked ?? false, user_folder: folder?.box.checked ?? false })
  }
}
