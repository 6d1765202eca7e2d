/** The icons inside the dialog. */
import { drawing, PASSPORT_STROKES } from '../dom.mjs'

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
  info: ['M12 3a9 9 0 100 18 9 9 0 000-18z', 'M12 11v5.5', 'M12 7.6v.1'],
  mail: ['M3.5 5.5h17v13h-17z', 'M3.5 7l8.5 6 8.5-6'],
  person: ['M12 4a4 4 0 100 8 4 4 0 000-8z', 'M4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6'],
  screen: ['M3.5 4.5h17v11.5h-17z', 'M8.5 20h7', 'M12 16v4'],
  lock: ['M6 10.5h12v10H6z', 'M8.5 10.5V7.5a3.5 3.5 0 017 0v3'],
  entry: ['M13 4h6.5v16H13', 'M3.5 12H14', 'M10 8l4 4-4 4'],
  passport: PASSPORT_STROKES
}

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return drawing(ICONS[name])
}
