import { setTimeout } from 'node:timers/promises';

const PAUSE_MS = 100;

/** Asks again until it is so; throws where it never is, or is not within so many seconds, about. */
export async function eventually(isSo: () => Promise<boolean> | boolean, withinSeconds = 60): Promise<void> {
  for (let tries = 0; tries < (withinSeconds * 1000) / PAUSE_MS; tries += 1) {
    if (await isSo()) return;
    await setTimeout(PAUSE_MS);
  }
  throw new Error(`It did not come about: ${isSo.toString()}`);
}
