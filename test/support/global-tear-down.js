/** Stops and removes what the global set-up started and made; jest runs both in one process. */
export default async function tearDown() {
  for (const act of globalThis.latchkeyTearDown ?? []) await act();
}
