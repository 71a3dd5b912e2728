import { tsImport } from 'tsx/esm/api';

/** Jest loads this file by itself, without resolving `.js` to `.ts` as it does for tests: tsx does. */
export default async function setUp({ maxWorkers }) {
  globalThis.latchkeyTestMongo = await tsImport('./mongo.ts', import.meta.url);
  await globalThis.latchkeyTestMongo.setUpMongo(maxWorkers);
}
