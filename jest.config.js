/** ESM all the way (jose ships nothing else), types stripped by SWC; `npm run typecheck` checks them. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-set-up.js',
  globalTeardown: '<rootDir>/test/support/global-tear-down.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // Examples import the package by its name, as a stranger does.
  moduleNameMapper: { '^latchkey$': '<rootDir>/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
  testTimeout: 60_000,
  // A process that has grown is changed for a fresh one: modules of vm contexts are not freed, and the suite fills a heap.
  maxWorkers: 2,
  workerIdleMemoryLimit: '2GB',
  testSequencer: '<rootDir>/test/support/longest-first.js',
};
