import { Gauge, type Registry } from 'prom-client';
import type { RevocationIndex } from '../domain/revocation-index.js';
import type { Revocations } from '../domain/revocation-service.js';

/** Tells how old is what this server knows of revocations, and how many it holds. Read when somebody asks. */
export function observeRevocations(
  registry: Registry,
): (revocations: Pick<Revocations, 'lagMs'>, index: Pick<RevocationIndex, 'size'>) => void {
  const registers = [registry];
  return (revocations, index) => {
    new Gauge({
      name: 'latchkey_revocation_feed_lag_seconds',
      help: 'How long ago everything was known that was revoked; from 5 on, access tokens are checked in the store. Infinite before the first time.',
      registers,
      collect() {
        this.set((revocations.lagMs() ?? Infinity) / 1000);
      },
    });
    new Gauge({
      name: 'latchkey_revocations_held',
      help: 'Revocations in memory: those that still concern access tokens which have not expired.',
      registers,
      collect() {
        this.set(index.size);
      },
    });
  };
}
