import eslint from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const oidLiteral = {
  selector: String.raw`Literal[value=/^[0-2](\.\d+){3,}$/]`,
  message: 'Object identifiers stand in src/asn1/oid.ts, once.',
}
const oidTemplate = {
  selector: String.raw`TemplateElement[value.raw=/^[0-2](\.\d+){3,}$/]`,
  message: 'Object identifiers stand in src/asn1/oid.ts, once.',
}
const defaultExport = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }
const typescriptOnly = [
  { selector: 'TSEnumDeclaration', message: 'A union of literals instead of an enum.' },
  { selector: 'TSModuleDeclaration', message: 'A module instead of a namespace.' },
]
const classes = { selector: 'ClassDeclaration, ClassExpression', message: 'The error is the one class.' }
const clocks = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'crypto/context.ts reads the clock.' },
  { selector: "CallExpression[callee.name='Date']", message: 'crypto/context.ts reads the clock.' },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'crypto/context.ts reads the clock.',
  },
  { selector: "MemberExpression[object.name='performance']", message: 'crypto/context.ts reads the clock.' },
]
const chance = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'Random bytes come through Context.',
}
const everywhere = [defaultExport, ...typescriptOnly]
const inSource = [...everywhere, oidLiteral, oidTemplate, classes, ...clocks, chance]

const without = (...rules) => ['error', ...inSource.filter((rule) => !rules.includes(rule))]

const nodeGlobals = ['Buffer', 'process', 'global', 'require', 'module', '__dirname', '__filename', 'setImmediate']
const noise = ['console', 'fetch', 'navigator', 'window', 'self', 'document', 'setTimeout', 'setInterval']
const forbiddenGlobals = [...nodeGlobals, ...noise].map((name) => ({
  name,
  message: 'Not among the web-standard globals that the library stands on.',
}))

export default defineConfig(
  { ignores: ['dist/', 'dist.new/', 'dist.old/', 'node_modules/', 'coverage/', 'test/types/fail/', 'docs/api/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true, 'ts-check': false },
      ],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // `unsafeAcceptAnySigner` is marked deprecated so that it stands out at its callers'.
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...everywhere],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'no-restricted-globals': ['error', ...forbiddenGlobals],
      'no-restricted-syntax': without(),
      'no-console': 'error',
    },
  },
  { files: ['src/asn1/oid.ts'], rules: { 'no-restricted-syntax': without(oidLiteral, oidTemplate) } },
  { files: ['src/errors.ts'], rules: { 'no-restricted-syntax': without(classes) } },
  // A private field on an object that is not of the class: it takes a class to make one.
  {
    files: ['src/x509/certificate-memory.ts'],
    rules: { 'no-restricted-syntax': without(classes), '@typescript-eslint/no-extraneous-class': 'off' },
  },
  { files: ['src/crypto/context.ts'], rules: { 'no-restricted-syntax': without(...clocks) } },
  // Declares a package that brings no types.
  { files: ['src/runtime/des-js.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/runtime/node.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['test/**/*.ts', 'bench/**', 'examples/**', 'scripts/**'],
    rules: {
      // A test says what it knows: `values[0]!` fails loudly enough.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['*.config.ts', '*.config.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
        Response: 'readonly',
        atob: 'readonly',
        fetch: 'readonly',
        Request: 'readonly',
        document: 'readonly',
      },
    },
  },
)
