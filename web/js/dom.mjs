/**
 * The only place that makes elements, and the style that they share. Texts go in as text, never
 * as markup.
 */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | EventListener | null | undefined>} Attributes */

const SVG = 'http://www.w3.org/2000/svg'

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
function assign(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value))
    }
  }
}

/**
 * An element. A function under "onclick" becomes a listener; null and false leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  assign(made, attributes)
  made.append(...shown(children))
  return made
}

/** @param {Child[]} children */
function shown(children) {
  return children.filter((child) => child instanceof Node || (typeof child === 'string' && child))
    .map((child) => /** @type {Node | string} */ (child))
}

/**
 * Puts the focus on a part, by `data-part`; where it is not there, on the first thing to read.
 * @param {Element} parent
 * @param {string} [part]
 */
export function focusPart(parent, part) {
  const named = part && parent.querySelector(`[data-part="${CSS.escape(part)}"]`)
  const target = named || parent.querySelector('[data-focus-first]')
  if (target instanceof HTMLElement) target.focus()
}

/**
 * Replaces what `parent` holds, keeping the focus on the part it was on (by `data-part`).
 * @param {HTMLElement} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  const root = /** @type {Document | ShadowRoot} */ (parent.getRootNode())
  const focused = root.activeElement
  const had = focused instanceof HTMLElement && parent.contains(focused)
  parent.replaceChildren(...shown(children))
  if (had) focusPart(parent, focused.dataset.part)
}

/** Strokes on a 24 × 24 grid. */
const ICONS = {
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  warning: ['M12 4L2.8 19.5h18.4L12 4z', 'M12 10v4.5', 'M12 17.2v.1'],
  error: ['M12 3a9 9 0 100 18 9 9 0 000-18z', 'M12 7.5v5.5', 'M12 16.4v.1'],
  clock: ['M12 3a9 9 0 100 18 9 9 0 000-18z', 'M12 7.5V12l3 2'],
  key: ['M15.5 3.5a5 5 0 100 10 5 5 0 000-10z', 'M11.8 12.2L4 20', 'M4 20h3', 'M7.5 16.5l2 2'],
  eye: ['M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z',
    'M12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6z'],
  eye_off: ['M4 4l16 16', 'M9.9 5.8A9 9 0 0112 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 01-3 3.7',
    'M6.2 7.3A15.5 15.5 0 002.5 12S6 18.5 12 18.5a9 9 0 004.2-1'],
  paste: ['M9 4.5H6.5v16h11v-16H15', 'M9 3h6v3.5H9z'],
  outside: ['M13.5 4.5h6v6', 'M19.5 4.5L11 13', 'M17.5 13.5v6h-13v-13h6'],
  down: ['M6.5 9.5L12 15l5.5-5.5'],
  skip: ['M6.5 12h11'],
  passport: ['M6.5 2.5h11a1.5 1.5 0 011.5 1.5v16a1.5 1.5 0 01-1.5 1.5h-11A1.5 1.5 0 015 20V4a1.5 1.5 0 011.5-1.5z',
    'M12 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7z', 'M8.5 10h7', 'M9 17.5h6']
}

/**
 * A decorative icon: hidden from screen readers, so the text beside it must say it all.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  assign(svg, { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' })
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}

/** The one style sheet, for every shadow root of ours. Without it things look plain and work. */
export const styleSheet = fetch(new URL('passport.css', import.meta.url))
  .then((answer) => answer.text())
  .catch(() => '')
  .then((rules) => new CSSStyleSheet().replace(rules))

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
