/** Instants, as people say them. */

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60]
]

/**
 * "2 minutes ago", "yesterday"; the text for "never" where there is no instant.
 * @param {Passport.Texts} texts
 * @param {string | null} instant ISO 8601
 */
export function ago(texts, instant) {
  if (!instant) return texts.get('times.never')
  const seconds = (Date.parse(instant) - Date.now()) / 1000
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length)
  if (!unit) return texts.get('times.just_now')
  const words = new Intl.RelativeTimeFormat(texts.locale, { numeric: 'auto' })
  return words.format(Math.round(seconds / unit[1]), unit[0])
}

/**
 * @param {Passport.Texts} texts
 * @param {string} instant ISO 8601
 */
export function day(texts, instant) {
  return new Intl.DateTimeFormat(texts.locale, { dateStyle: 'medium' }).format(new Date(instant))
}

/**
 * A time of day from now on, such as "14:07", never earlier than it is.
 * @param {Passport.Texts} texts
 * @param {number} seconds from now
 */
export function timeOfDayIn(texts, seconds) {
  const minute = 60_000
  const at = Math.ceil((Date.now() + seconds * 1_000) / minute) * minute
  return new Intl.DateTimeFormat(texts.locale, { timeStyle: 'short' }).format(at)
}

/**
 * @param {Passport.Texts} texts
 * @param {string} instant ISO 8601
 */
export function dayAndTime(texts, instant) {
  const format = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'medium', timeStyle: 'short' })
  return format.format(new Date(instant))
}
