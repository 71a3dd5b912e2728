import { readFileSync } from 'node:fs';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The table of who may import whom, which `test/architecture.test.ts` enforces; here it speaks in the editor.
 * @type {Record<string, { src: string[], packages: string[], builtins: 'any' | string[] }>}
 */
const importTable = JSON.parse(readFileSync(new URL('./test/architecture.json', import.meta.url), 'utf8'));

const readsConfig = 'Only src/config.ts reads the environment.';
const parts = [...new Set(Object.values(importTable).flatMap((rule) => rule.src))];
const escapeRegex = (text) => text.replaceAll(/[.]/g, '\\$&');
const anyOf = (patterns) => (patterns.length === 0 ? '(?!)' : patterns.join('|'));

/** `no-restricted-imports` for one row of the table: for the folder, and for the module of that name. */
function restrictImports([row, rule]) {
  const forbidden = parts.filter((part) => !rule.src.includes(part));
  const packages = rule.packages
    .map((name) => escapeRegex(name).replace(/\*$/, '[^/]+'))
    .map((name) => `${name}(?:/|$)`);
  const builtins = rule.builtins === 'any' ? ['node:'] : rule.builtins.map((name) => `${escapeRegex(name)}$`);
  const message = `${row} may not import this: see test/architecture.json.`;
  const restrict = (files, up) => ({
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: `^${up}(?:${anyOf(forbidden)})(?:/|\\.js$)`, message },
            { regex: `^(?!\\.)(?!${anyOf([...packages, ...builtins])})`, message },
            ...(row === 'config' ? [] : [{ regex: '^node:process$', importNames: ['env'], message: readsConfig }]),
          ],
        },
      ],
    },
  });
  return [restrict(`src/${row}/**/*.{ts,tsx}`, '(?:\\.\\./)+'), restrict(`src/${row}.{ts,tsx}`, '\\./')];
}

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'data/', '.tmp/', '**/generated.ts']),
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A number reads well in a template; an object or undefined does not, and stays forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => void act()` and arrow shorthands that return nothing are plain to read.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Spreading a string into its code points is meant.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Overflows the stack on types that hold themselves (typescript-eslint 8.73).
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A port's method may be async in one adapter and have nothing to await in the other.
      '@typescript-eslint/require-await': 'off',
      // There are no classes but errors: what looks like a method is a function that knows no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // graphql-js has enums for what are words in every document: `operation === 'mutation'` is plain.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // An argument that is null and one that is left out are often the same: `== null` says both.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/config.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: readsConfig }] },
  },
  ...Object.entries(importTable)
    // The rule of a folder inside another comes later, and so takes its place.
    .sort(([left], [right]) => left.length - right.length)
    .flatMap(restrictImports),
  {
    files: ['test/**/*.{ts,tsx}'],
    rules: {
      // Matchers such as `expect.any(…)` are typed `any` by Jest.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // A test may say what it knows of its own data.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
