/** ESM all the way (jose ships nothing else), types stripped by SWC; `npm run typecheck` checks them. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-set-up.js',
  globalTeardown: '<rootDir>/test/support/global-tear-down.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.{ts,tsx}'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // Examples import the package by its name, as a stranger does.
  moduleNameMapper: {
    '^latchkey$': '<rootDir>/src/index.ts',
    '^latchkey/client$': '<rootDir>/src/client/auth-client.ts',
    '^latchkey/client/apollo$': '<rootDir>/src/client/apollo/auth-link.ts',
    '^latchkey/client/react$': '<rootDir>/src/client/react/index.ts',
    '^latchkey/client/urql$': '<rootDir>/src/client/urql/auth-exchange.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testTimeout: 60_000,
  // One after the other: two at once, each with its MongoDB, took longer in all on two cores. In a process that is changed
  // for a fresh one when it has grown: modules of vm contexts are not freed, and the suite would fill a heap.
  maxWorkers: 1,
  workerIdleMemoryLimit: '2GB',
};
