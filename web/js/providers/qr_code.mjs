/** A QR code from the rows of its modules. */
import { svg } from '../dom.mjs'

/** The empty frame that readers need, in modules. */
const FRAME = 4

/**
 * @param {string[]} rows "1" for a dark module
 * @param {string} label
 */
export function qrCode(rows, label) {
  const size = rows.length + 2 * FRAME
  const dark = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map(({ 0: run, index }) =>
    `M${index + FRAME} ${y + FRAME}h${run.length}v1h-${run.length}z`))
  return svg('svg', { viewBox: `0 0 ${size} ${size}`, class: 'qr-code', role: 'img', 'aria-label': label },
    svg('path', { d: `M0 0h${size}v${size}h-${size}z`, class: 'light' }),
    svg('path', { d: dark.join('') }))
}
