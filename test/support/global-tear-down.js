/** Stops what the global set-up started; jest runs both in one process. */
export default async function tearDown() {
  await globalThis.latchkeyTestMongo?.tearDownMongo();
}
