import { AsyncLocalStorage } from 'node:async_hooks';
import type { SessionStore } from '../../src/domain/session-store.js';
import type { Stores } from '../../src/domain/stores.js';
import type { UserStore } from '../../src/domain/user-store.js';

export type GateState = 'stopped' | 'settled';

/** A request that may be stopped before one of its store calls, and continued or left there for good. */
export interface GatedRequest<Result> {
  /** Resolves once the request is stopped or has settled. */
  readonly stoppedOrSettled: Promise<GateState>;
  /** What the request comes to; stays open for one that is never continued. */
  readonly result: Promise<Result>;
  /** The store methods that it has called so far, in order. */
  readonly called: readonly string[];
  /** Lets it go on to its end, or to its n-th store call from here. */
  proceed(calls?: number): Promise<GateState>;
}

interface Gate {
  readonly called: string[];
  /** How many store calls may still pass. */
  left: number;
  /** It stops before this one, whatever came before; `null`: wherever none is left. */
  before: string | null;
  pass: Promise<void>;
  onStop: () => void;
}

const gates = new AsyncLocalStorage<Gate>();

/** The same stores; each call of a gated request first passes that request's gate. Other requests pass freely. */
export function gateStores(stores: Stores): Stores {
  return { ...stores, users: gatePort(stores.users), sessions: gatePort(stores.sessions) };
}

function gatePort<Port extends object>(port: Port): Port {
  const methods = Object.entries(port).map(([name, method]: [string, (...given: unknown[]) => unknown]) => [
    name,
    async (...given: unknown[]) => {
      const gate = gates.getStore();
      if (gate !== undefined) {
        while (gate.left <= 0 || gate.before === name) {
          gate.onStop();
          await gate.pass;
        }
        gate.left -= 1;
        gate.called.push(name);
      }
      return method(...given);
    },
  ]);
  return Object.fromEntries(methods) as Port;
}

/** Runs the request until it settles, or until so many of its store calls were made and the next one is due. */
export const startGated = <Result>(calls: number, run: () => Promise<Result>): GatedRequest<Result> =>
  start({ calls, before: null }, run);

/** Runs the request until it settles, or until this one of its store calls is due. */
export const startGatedBefore = <Result>(
  method: keyof UserStore | keyof SessionStore,
  run: () => Promise<Result>,
): GatedRequest<Result> => start({ calls: Infinity, before: method }, run);

function start<Result>(
  { calls, before }: { readonly calls: number; readonly before: string | null },
  run: () => Promise<Result>,
): GatedRequest<Result> {
  const gate: Gate = { called: [], left: 0, before, pass: Promise.resolve(), onStop: () => undefined };
  let open = (): void => undefined;
  const allow = (more: number): Promise<'stopped'> => {
    open();
    gate.left = more;
    gate.pass = new Promise((resolve) => (open = resolve));
    return new Promise((resolve) => (gate.onStop = () => resolve('stopped')));
  };
  const firstStop = allow(calls);
  const result = gates.run(gate, run);
  const settled = result.then(
    () => 'settled' as const,
    () => 'settled' as const,
  );
  return {
    stoppedOrSettled: Promise.race([firstStop, settled]),
    result,
    called: gate.called,
    proceed(more = Infinity) {
      gate.before = null;
      return Promise.race([allow(more), settled]);
    },
  };
}

/** More store calls than any request that is tried makes. */
const MOST_CALLS = 8;

/**
 * Tries each place at which a request can be stopped: before its first store call, before its second, and so on, and
 * last without a stop. The trial says what came of stopping it.
 */
export async function atEachStop(trial: (calls: number) => Promise<GateState>): Promise<void> {
  let calls = 0;
  for (; (await trial(calls)) === 'stopped'; calls += 1) {
    if (calls === MOST_CALLS) throw new Error('It makes more store calls than are tried.');
  }
  if (calls === 0) throw new Error('It makes no store call, and so there is nothing to stop it at.');
}

/** The same for two requests: each place of the one with each of the other, which begins once the first has stopped. */
export async function atEachTwoStops(
  trial: (firstCalls: number, secondCalls: number) => Promise<readonly [GateState, GateState]>,
): Promise<void> {
  await atEachStop(async (firstCalls) => {
    let ofFirst: GateState = 'settled';
    await atEachStop(async (secondCalls) => {
      const states = await trial(firstCalls, secondCalls);
      ofFirst = states[0];
      return states[1];
    });
    return ofFirst;
  });
}
