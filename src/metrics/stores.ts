import { Histogram, type Registry } from 'prom-client';
import { aroundEachCall } from '../domain/store-calls.js';
import type { Stores } from '../domain/stores.js';
import { outcomeOf } from './outcome.js';

const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Times every call of a port, by port, method and outcome. The feed is measured by its lag. */
export function watchStores(registry: Registry): (stores: Stores) => Stores {
  const duration = new Histogram({
    name: 'latchkey_store_duration_seconds',
    help: 'How long the store takes, by port, method and outcome: ok, or the code of the failure.',
    labelNames: ['port', 'method', 'outcome'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return (stores) =>
    aroundEachCall(stores, async (call, act) => {
      const end = duration.startTimer(call);
      try {
        const result = await act();
        end({ outcome: 'ok' });
        return result;
      } catch (error) {
        end({ outcome: outcomeOf(error) });
        throw error;
      }
    });
}
