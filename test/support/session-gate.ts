import { AsyncLocalStorage } from 'node:async_hooks';
import type { Stores } from '../../src/domain/stores.js';

/** A request that may be stopped before one of its store calls, and continued or left there for good. */
export interface GatedRequest<Result> {
  /** Resolves once the request is stopped or has settled. */
  readonly stoppedOrSettled: Promise<'stopped' | 'settled'>;
  /** What the request comes to; stays open for one that is never continued. */
  readonly result: Promise<Result>;
  /** The store methods that it has called so far, in order. */
  readonly called: readonly string[];
  /** Lets it go on to its end, or to its n-th store call from here. */
  proceed(calls?: number): Promise<'stopped' | 'settled'>;
}

interface Gate {
  readonly called: string[];
  /** How many store calls may still pass. */
  left: number;
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
        while (gate.left <= 0) {
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
export function startGated<Result>(calls: number, run: () => Promise<Result>): GatedRequest<Result> {
  const gate: Gate = { called: [], left: 0, pass: Promise.resolve(), onStop: () => undefined };
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
    proceed: (more = Infinity) => Promise.race([allow(more), settled]),
  };
}
