/** The field for an API key: eye, paste, trimming, and what is wrong with what was typed. */
import { element, icon } from './dom.mjs'
import { outsideLink } from './controls.mjs'
import { shapeProblem, trimmedKey } from './api_key_shape.mjs'

const KEY_PAGE = 'https://platform.comfy.org/login'

/**
 * @param {Passport.Texts} texts
 * @param {HTMLInputElement} input
 */
function eyeButton(texts, input) {
  const button = element('button', { type: 'button', class: 'in-field', 'data-part': 'eye' })
  const show = (/** @type {boolean} */ visible) => {
    input.type = visible ? 'text' : 'password'
    button.ariaPressed = String(visible)
    button.ariaLabel = texts.get('key_field.show_the_key')
    button.replaceChildren(icon(visible ? 'eye_off' : 'eye'))
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  show(false)
  return button
}

/**
 * Pastes from the clipboard; absent where the browser does not let a page read it.
 * @param {Passport.Texts} texts
 * @param {HTMLInputElement} input
 * @param {() => void} pasted
 */
function pasteButton(texts, input, pasted) {
  if (!navigator.clipboard?.readText) return null
  const paste = async () => {
    input.value = trimmedKey(await navigator.clipboard.readText().catch(() => input.value))
    input.focus()
    pasted()
  }
  return element('button', {
    type: 'button', class: 'in-field', 'data-part': 'paste', onclick: () => void paste(),
    'aria-label': texts.get('key_field.paste_from_the_clipboard')
  }, icon('paste'))
}

/**
 * @param {Passport.Texts} texts
 * @param {string} raw
 */
function shapeSentence(texts, raw) {
  const problem = shapeProblem(raw)
  return problem ? texts.get(`key_field.${problem.code}`, problem.values) : ''
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} message
 * @param {string} sentence
 */
function showProblem(input, message, sentence) {
  input.ariaInvalid = sentence ? 'true' : null
  message.replaceChildren(...(sentence ? [icon('error'), sentence] : []))
}

/** @param {Passport.Texts} texts */
export function keyField(texts) {
  const message = element('p', { id: 'key-message', class: 'field-message problem', role: 'alert' })
  const hint = element('p', { id: 'key-hint', class: 'field-message muted' }, texts.get('key_field.hint'))
  const input = element('input', {
    id: 'key', name: 'comfy-api-key', type: 'password', 'data-part': 'key', class: 'key-input',
    autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 1000,
    placeholder: texts.get('key_field.placeholder'), 'aria-describedby': 'key-message key-hint',
    required: true
  })
  const complain = (/** @type {string} */ sentence) => showProblem(input, message, sentence)
  const check = () => complain(input.value ? shapeSentence(texts, input.value) : '')
  input.addEventListener('change', check)
  input.addEventListener('paste', () => setTimeout(check))
  input.addEventListener('input', () => input.ariaInvalid && check())
  const field = element('div', { class: 'field' },
    element('div', { class: 'field-head' },
      element('label', { for: 'key' }, texts.get('key_field.comfy_api_key')),
      outsideLink(texts, KEY_PAGE, texts.get('key_field.get_one_here'))),
    element('div', { class: 'field-box' },
      input, pasteButton(texts, input, check), eyeButton(texts, input)),
    element('div', { class: 'field-messages' }, message, hint))
  return {
    element: field,
    complain,
    focus: () => input.focus(),
    /** The key, or null after saying what is wrong with it. */
    take() {
      input.value = trimmedKey(input.value)
      const sentence = shapeSentence(texts, input.value)
      complain(sentence)
      if (!sentence) return input.value
      input.focus()
      return null
    },
    clear() {
      input.value = ''
    }
  }
}
