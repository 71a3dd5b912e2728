import type { Stores } from './stores.js';

/** The ports whose methods each ask the database once. The feed is not among them: it waits for what comes. */
const PORTS = [
  'users',
  'sessions',
  'signingKeys',
  'setUpCodes',
  'rolePermissions',
  'attempts',
  'auditEntries',
] as const;

/** Makes a call of a port, and may look at how it goes. */
export type AroundCall = <Result>(
  call: { readonly port: string; readonly method: string },
  act: () => Promise<Result>,
) => Promise<Result>;

/** The same stores; every call of a port goes through `around`. */
export function aroundEachCall(stores: Stores, around: AroundCall): Stores {
  const watched = <Port extends object>(port: string, methods: Port): Port =>
    Object.fromEntries(
      Object.entries<(...given: unknown[]) => Promise<unknown>>(methods as never).map(([method, act]) => {
        const call = { port, method };
        return [method, (...given: unknown[]) => around(call, () => act(...given))];
      }),
    ) as Port;
  return { ...stores, ...Object.fromEntries(PORTS.map((port) => [port, watched(port, stores[port])])) };
}
