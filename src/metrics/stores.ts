import { Histogram, type Registry } from 'prom-client';
import type { Stores } from '../domain/stores.js';
import { outcomeOf } from './outcome.js';

const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** The ports whose methods each ask the database once. The feed is measured by its lag. */
const PORTS = [
  'users',
  'sessions',
  'signingKeys',
  'setUpCodes',
  'rolePermissions',
  'attempts',
  'auditEntries',
] as const;

/** Times every call of a port, by port, method and outcome. */
export function watchStores(registry: Registry): (stores: Stores) => Stores {
  const duration = new Histogram({
    name: 'latchkey_store_duration_seconds',
    help: 'How long the store takes, by port, method and outcome: ok, or the code of the failure.',
    labelNames: ['port', 'method', 'outcome'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });

  function timed<Port extends object>(port: string, methods: Port): Port {
    const watched = Object.entries<(...given: unknown[]) => Promise<unknown>>(methods as never).map(
      ([method, call]) => [
        method,
        async (...given: unknown[]) => {
          const end = duration.startTimer({ port, method });
          try {
            const result = await call(...given);
            end({ outcome: 'ok' });
            return result;
          } catch (error) {
            end({ outcome: outcomeOf(error) });
            throw error;
          }
        },
      ],
    );
    return Object.fromEntries(watched) as Port;
  }
  return (stores) => ({
    ...stores,
    ...Object.fromEntries(PORTS.map((port) => [port, timed(port, stores[port])])),
  });
}
