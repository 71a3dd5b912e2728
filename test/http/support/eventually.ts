import { setTimeout } from 'node:timers/promises';

const MOST_TRIES = 300;
const PAUSE_MS = 100;

/** Asks again until it is so; throws where it never is. */
export async function eventually(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (await isSo()) return;
    await setTimeout(PAUSE_MS);
  }
  throw new Error(`It did not come about: ${isSo.toString()}`);
}
