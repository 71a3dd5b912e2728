import pLimit from 'p-limit';
import { runAdministrator, runClient, signUpUser, type Load } from './load-clients.js';
import { createRandom } from './random.js';

export interface LoadOptions<Result> extends Pick<Load, 'requests' | 'probeAfterMs'> {
  readonly administratorToken: string;
  readonly seed: number;
  /** How many, each with an account of its own: every other one a browser. */
  readonly clients: number;
  /** How many accounts there may be at most: clients make further ones now and then. Left out: no further ones. */
  readonly mostUsers?: number;
  /** What happens to the servers meanwhile. The load goes on until it is over. */
  happen(): Promise<Result>;
}

const SIGN_UPS_AT_ONCE = 4;

/** Lets clients and an administrator loose on servers that something happens to. */
export async function runLoad<Result>(options: LoadOptions<Result>): Promise<Result> {
  const { requests, administratorToken, seed, clients, mostUsers = clients, probeAfterMs, happen } = options;
  const limit = pLimit(SIGN_UPS_AT_ONCE);
  const signUps = Array.from({ length: clients }, (_, client) => {
    const transport = client % 2 === 0 ? 'header' : 'cookie';
    return limit(() =>
      signUpUser(requests, { server: client % requests.servers, transport, address: addressOf(client) }),
    );
  });
  const users = await Promise.all(signUps);

  let isOn = true;
  const load: Load = { requests, isOn: () => isOn, probes: [], mostUsers, probeAfterMs };
  const stop = (): boolean => (isOn = false);
  const [result] = await Promise.all([
    happen().finally(stop),
    runAdministrator(load, administratorToken, createRandom(seed)).catch(stopAndThrow(stop)),
    ...users.map((user, client) => runClient(load, user, createRandom(seed + client + 1)).catch(stopAndThrow(stop))),
  ]);
  while (load.probes.length > 0) await Promise.all(load.probes.splice(0));
  return result;
}

const addressOf = (client: number): string => `10.0.${client >> 8}.${client & 0xff}`;

/** A client that cannot go on is a fault of the test: the others need not go on either. */
const stopAndThrow =
  (stop: () => void) =>
  (error: unknown): never => {
    stop();
    throw error;
  };
