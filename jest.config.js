/** Tests run from the sources; see CONTRIBUTING.md. @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/jest.setup.js'],
  roots: ['<rootDir>/packages', '<rootDir>/fuzz'],
  testMatch: ['**/test/**/*.test.ts'],
  // One worker for each core, also where there are two.
  maxWorkers: '100%',
  // Room for a loaded machine; a test that means a time limit sets its own.
  testTimeout: 30_000,
  coverageProvider: 'v8',
  moduleNameMapper: {
    '^@xen-image/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@xen-image/([^/]+)/([^/.]+)$': '<rootDir>/packages/$1/src/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.test.json', diagnostics: false }],
  },
};
