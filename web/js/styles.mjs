/** The one style sheet, shared by every shadow root of ours. */

/** @type {Promise<CSSStyleSheet> | null} */
let loading = null

async function load() {
  const sheet = new CSSStyleSheet()
  const answer = await fetch(new URL('passport.css', import.meta.url))
  if (answer.ok) sheet.replaceSync(await answer.text())
  return sheet
}

export function styleSheet() {
  loading ??= load()
  return loading
}

/**
 * @param {string} color any CSS color
 * @returns {number} 0 for black to 1 for white
 */
function luminance(color) {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d')
  if (!context) return 0
  context.fillStyle = color
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
    const part = byte / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Above this luminance black text contrasts better than white (WCAG 2, contrast ratio). */
const LIGHT = 0.179
/** Up to here an accent is darkened to carry white text, as people know it from the frontend. */
const MIDDLE = 0.45

/**
 * Marks the element with the tone of the theme and of its accent. Themes are people's own, and
 * each frontend names its colors differently: so measure instead of asking for a name. Light
 * text means a dark theme.
 * @param {HTMLElement} element
 */
export function markTone(element) {
  const { color, accentColor } = getComputedStyle(element)
  element.dataset.tone = luminance(color) > LIGHT ? 'dark' : 'light'
  const accent = luminance(accentColor)
  const share = accent > LIGHT && accent < MIDDLE ? (LIGHT / accent) ** (1 / 2.2) : 1
  element.style.setProperty('--accent-share', `${Math.floor(share * 100)}%`)
  element.style.setProperty('--on-accent', accent < MIDDLE ? '#fff' : '#111')
}
