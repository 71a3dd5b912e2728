import { setTimeout } from 'node:timers/promises';
import { createClient } from '../support/client.js';

/** Requests of one signed-in user, many a second: a server that closes too early meets some, whatever the clients do. */
export interface SteadyRequests {
  readonly answered: () => number;
  /** Answers that were not that user. */
  readonly unexpected: readonly string[];
  stop(): Promise<void>;
}

const AT_ONCE = 6;
/** Some hundreds a second. Servers that close at once (`SHUTDOWN_DELAY_SECONDS` of 0) still fail three of the tests. */
const PAUSE_MS = 25;
const EXPECTED = '200 {"data":{"viewer":{"roles":["ADMIN"]}}}';

/** Begins at once, at each of the origins. */
export function beginSteadyRequests(origins: readonly string[], token: string): SteadyRequests {
  let isOn = true;
  let answered = 0;
  const unexpected: string[] = [];

  async function ask(origin: string): Promise<void> {
    const client = createClient(origin);
    while (isOn) {
      const told = await client.ask('{ viewer { roles } }', { token }).then(
        ({ status, body }) => `${status} ${JSON.stringify(body)}`,
        (error: unknown) => String(error),
      );
      if (told === EXPECTED) answered += 1;
      else unexpected.push(told);
      await setTimeout(PAUSE_MS);
    }
  }
  const asking = origins.flatMap((origin) => Array.from({ length: AT_ONCE }, () => ask(origin)));
  return {
    ...{ answered: () => answered, unexpected },
    async stop() {
      isOn = false;
      await Promise.all(asking);
    },
  };
}
