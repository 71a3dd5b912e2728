import { tsImport } from 'tsx/esm/api';

/** Jest loads this file by itself, without resolving `.js` to `.ts` as it does for tests: tsx does. */
export default async function setUp({ maxWorkers }) {
  const { makeRunFolder, removeRunFolder } = await tsImport('./run-folder.ts', import.meta.url);
  const { setUpMongo, tearDownMongo } = await tsImport('./mongo.ts', import.meta.url);
  globalThis.latchkeyTearDown = [tearDownMongo, removeRunFolder];
  makeRunFolder();
  await setUpMongo(maxWorkers);
}
