import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const clockMessage = 'Time and chance are parameters: take a Clock or a random source (libs/kernel).';

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'libs/contracts/src/gen/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: clockMessage },
        { object: 'Math', property: 'random', message: clockMessage },
        { object: 'process', property: 'env', message: 'Settings are read once, by readConfig (libs/platform).' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.suite.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // A port's promise is its methods; what stands in for several ports at once is fine where nothing is injected by class.
    files: ['test/**', '**/*.suite.ts', '**/*.test.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // The edge where real time, chance and settings enter; tests and scripts stand outside.
    files: ['libs/kernel/src/clock.ts', 'libs/platform/src/config/**', 'libs/testkit/**', 'test/**', 'services/cli/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        module: 'writable',
        require: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        WebAssembly: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
