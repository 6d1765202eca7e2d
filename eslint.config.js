import js from '@eslint/js'
import noUnsanitized from 'eslint-plugin-no-unsanitized'
import globals from 'globals'

const ENTRY = 'web/js/passport.js'

/** Ways to turn text into markup: a display name must never become an element. */
const MARKUP = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe', 'createContextualFragment']

const bans = [
  ...MARKUP.map((name) => ({
    selector: `MemberExpression[property.name='${name}']`,
    message: 'Build elements with dom.mjs; texts go through textContent.'
  })),
  {
    selector: "MemberExpression[object.name='document'][property.name=/^(write|writeln|cookie)$/]",
    message: 'The session cookie is the server’s own; nothing here writes the document.'
  }
]

export default [
  js.configs.recommended,
  noUnsanitized.configs.recommended,
  {
    files: ['web/js/**/*.{js,mjs}'],
    languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-console': 'error',
      'no-alert': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      complexity: ['error', 10],
      'max-lines': ['error', 200],
      'no-restricted-syntax': ['error', ...bans],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB', 'caches'],
      'no-restricted-properties': [
        'error',
        ...['localStorage', 'sessionStorage', 'indexedDB', 'caches'].map((property) => ({
          object: 'window',
          property
        }))
      ]
    }
  },
  {
    files: ['web/js/**/*.{js,mjs}'],
    ignores: [ENTRY],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/scripts/*'], message: 'ComfyUI’s modules are imported by the entry alone.' }] }
      ]
    }
  }
]
