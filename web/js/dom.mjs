/**
 * The only place that makes elements, and the styles that they share. Texts go in as text, never
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
 * @param {ParentNode} parent
 * @param {string} [part]
 * @returns {boolean} whether there was either
 */
export function focusPart(parent, part) {
  const named = part && parent.querySelector(`[data-part="${CSS.escape(part)}"]`)
  const target = named || parent.querySelector('[data-focus-first]')
  if (!(target instanceof HTMLElement)) return false
  target.focus()
  return true
}

/** @param {Node} node */
export function focusedWithin(node) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (node.getRootNode())
  return activeElement instanceof HTMLElement && node.contains(activeElement) ? activeElement : null
}

/**
 * Replaces what `parent` holds, keeping the focus on the part it was on (by `data-part`); when
 * that has gone, on the title of what it was in.
 * @param {HTMLElement} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  const focused = focusedWithin(parent)
  parent.replaceChildren(...shown(children))
  if (!focused || focusPart(parent, focused.dataset.part)) return
  for (let place = parent.parentElement; place && !focusPart(place);) place = place.parentElement
}

/** The one icon that stands on every page; all others are in controls/icons.mjs. */
export const PASSPORT_STROKES = [
  'M6.5 2.5h11a1.5 1.5 0 011.5 1.5v16a1.5 1.5 0 01-1.5 1.5h-11A1.5 1.5 0 015 20V4a1.5 1.5 0 011.5-1.5z',
  'M12 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7z', 'M8.5 10h7', 'M9 17.5h6'
]

/**
 * @param {string} tag
 * @param {Attributes} attributes
 * @param {...Element} children
 */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag)
  assign(made, attributes)
  made.append(...children)
  return made
}

/**
 * A decorative icon: hidden from screen readers, so the text beside it must say it all.
 * @param {string[]} strokes on a 24 × 24 grid
 */
export function drawing(strokes) {
  return svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' },
    ...strokes.map((d) => svg('path', { d })))
}

/**
 * A style sheet beside this file. Without it things look plain and work.
 * @param {string} name
 */
export function fetchStyleSheet(name) {
  return fetch(new URL(name, import.meta.url))
    .then((answer) => answer.text())
    .catch(() => '')
    .then((rules) => new CSSStyleSheet().replace(rules))
}

/** For every shadow root of ours. */
export const styleSheet = fetchStyleSheet('passport.css')

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
