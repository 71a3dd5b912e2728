/** ESM all the way (jose ships nothing else), types stripped by SWC; `npm run typecheck` checks them. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-set-up.js',
  globalTeardown: '<rootDir>/test/support/global-tear-down.js',
  testSequencer: '<rootDir>/test/support/slowest-first.js',
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
  // What hangs is to end; what is slow, on a machine that is busy, is not to fail.
  testTimeout: 180_000,
  // They wait for a MongoDB each, for sockets and for timers: on two cores, more than three at once take no less.
  // A process is changed for a fresh one when it has grown: modules of vm contexts are not freed.
  maxWorkers: 3,
  workerIdleMemoryLimit: '2GB',
};
