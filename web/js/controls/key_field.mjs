/** The field for an API key: eye, paste, trimming, and what is wrong with what was typed. */
import { element } from '../dom.mjs'
import { shapeProblem, trimmedKey } from './api_key_shape.mjs'
import { outsideLink } from './buttons.mjs'
import { eyeButton } from './eye_button.mjs'
import { icon } from './icons.mjs'
import { textField } from './text_field.mjs'

const KEY_PAGE = 'https://platform.comfy.org/login'

/**
 * Pastes from the clipboard; absent where the browser does not let a page read it.
 * @param {Passport.Texts} texts
 * @param {HTMLInputElement} input
 * @param {() => void} pasted
 */
function pasteButton(texts, input, pasted) {
  if (!navigator.clipboard?.readText) return ''
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

/** @param {Passport.Texts} texts */
export function keyField(texts) {
  const field = textField({
    label: texts.get('key_field.comfy_api_key'), name: 'key', hint: texts.get('key_field.hint'),
    beside: outsideLink(texts, KEY_PAGE, texts.get('key_field.get_one_here')),
    attributes: {
      class: 'field-input mono', maxlength: 1000, required: true,
      placeholder: texts.get('key_field.placeholder')
    }
  })
  const { input } = field
  const check = () => field.complain(input.value ? shapeSentence(texts, input.value) : '')
  input.addEventListener('change', check)
  input.addEventListener('paste', () => setTimeout(check))
  field.box.append(pasteButton(texts, input, check), eyeButton(input, texts.get('key_field.show_the_key')))
  field.messages.classList.add('two-lines')
  return {
    ...field,
    /** The key, or null after saying what is wrong with it. */
    take() {
      input.value = trimmedKey(input.value)
      const sentence = shapeSentence(texts, input.value)
      field.complain(sentence)
      if (!sentence) return input.value
      input.focus()
      return null
    }
  }
}
