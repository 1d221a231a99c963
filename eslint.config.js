import tsdoc from 'eslint-plugin-tsdoc';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The global container and its decorators make registrations that outlive a Toolstack; see docs/decisions. */
const globalInjection = ['singleton', 'scoped', 'registry', 'autoInjectable', 'container'].map((name) => ({
  name: 'tsyringe',
  importNames: [name],
  message: `tsyringe's ${name} is global; a Toolstack owns its container.`,
}));

export default tseslint.config(
  globalIgnores(['**/dist/**', '.cache/**', '.nx/**', 'coverage/**', '**/*.d.ts', 'docs/site/**']),
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.test.json',
          './packages/*/tsconfig.json',
          './e2e/tsconfig.json',
          './faults/tsconfig.json',
          './examples/*/tsconfig.json',
        ],
      },
    },
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      'no-restricted-imports': ['error', { paths: globalInjection }],
      'no-restricted-properties': [
        'error',
        { object: 'AbortSignal', property: 'any', message: 'Use timeLimit: Node may collect a time limit as garbage.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  // The rig's own waits end with its cases.
  { files: ['e2e/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['packages/*/test/**/*.ts', 'fuzz/test/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
    },
  },
);
