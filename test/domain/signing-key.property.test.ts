import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SigningKeys } from '../../src/domain/signing-key-service.js';
import { cacheSeconds } from '../../src/domain/signing-key-upkeep.js';
import type { SigningAlgorithm } from '../../src/domain/signing-key.js';
import { ManualClock } from '../support/clock.js';
import { createBackend, type Backend } from '../support/stores.js';
import { openKeyNode, SECOND_MS, statesOf } from './signing-key-fixture.js';

const ACCESS_TTL_MS = 20 * SECOND_MS;
/** A minute more would hide a key that goes too early. */
const RETENTION_MS = ACCESS_TTL_MS;

type Step =
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'keep-up'; readonly node: 0 | 1 }
  | { readonly kind: 'rotate'; readonly node: 0 | 1; readonly revokeCurrent: boolean }
  | { readonly kind: 'restart'; readonly node: 0 | 1; readonly algorithm: SigningAlgorithm };

const node = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('keep-up' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const), node, revokeCurrent: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      node,
      algorithm: fc.constantFrom<SigningAlgorithm>('EdDSA', 'ES256'),
    }),
  },
);

/** What a client or another service holds, and for how long it counts on it. */
interface Held {
  readonly untilMs: number;
  readonly kids: readonly unknown[];
}

const backends: Backend[] = [];
afterEach(async () => {
  await Promise.all(backends.splice(0).map((backend) => backend.destroy()));
});

/** Runs the steps on two servers of one database, each of which hears at once of what the other does. */
async function run(ttlSeconds: number, steps: readonly Step[]): Promise<void> {
  const backend = createBackend('SQLite');
  backends.push(backend);
  const clock = new ManualClock();
  const stores = await backend.open({ clock });
  const open = async (algorithm: SigningAlgorithm): Promise<SigningKeys> =>
    (await openKeyNode(stores, { ttlSeconds, algorithm, retentionMs: RETENTION_MS })).keys;
  const nodes = [await open('EdDSA'), await open('EdDSA')];
  let published: Held[] = [];
  let tokens: Held[] = [];

  for (const each of steps) {
    const keys = nodes['node' in each ? each.node : 0]!;
    if (each.kind === 'keep-up') await keys.keepUp();
    if (each.kind === 'restart') nodes[each.node] = await open(each.algorithm);
    if (each.kind === 'rotate') {
      await keys.rotate({ revokeCurrent: each.revokeCurrent, by: null });
      // Asked for by somebody, it may come before others know the key, and refuses what the old ones signed.
      published = [];
      if (each.revokeCurrent) tokens = [];
    }
    await Promise.all(nodes.map((server) => server.reload()));
    for (const each of nodes) {
      expect((await statesOf({ keys: each })).filter((state) => state === 'ACTIVE')).toHaveLength(1);
    }
    for (let second = 0; second < (each.kind === 'pass' ? each.seconds : 1); second += 1) {
      const nowMs = clock.now().getTime();
      published = published.filter(({ untilMs }) => nowMs < untilMs);
      tokens = tokens.filter(({ untilMs }) => nowMs < untilMs);
      check(nodes, published, tokens);
      tokens.push({ untilMs: nowMs + ACCESS_TTL_MS, kids: [nodes[0]!.active().kid] });
      for (const server of nodes) {
        const { keys: jwks, maxAgeSeconds } = server.publicJwks();
        expect(maxAgeSeconds).toBeLessThanOrEqual(cacheSeconds({ ttlSeconds }));
        published.push({ untilMs: nowMs + maxAgeSeconds * SECOND_MS, kids: jwks.map(({ kid }) => kid) });
      }
      if (each.kind === 'pass') clock.advance(SECOND_MS);
    }
  }
}

function check(nodes: readonly SigningKeys[], published: readonly Held[], tokens: readonly Held[]): void {
  for (const keys of nodes) {
    const { kid } = keys.active();
    expect(tokens.filter(({ kids }) => keys.find(String(kids[0]))?.isRevoked !== false)).toEqual([]);
    // Whoever keeps the published keys no longer than they were told to can verify what is signed now.
    expect(published.filter(({ kids }) => !kids.includes(kid))).toEqual([]);
  }
}

test('whatever happens in which order: one signs, its tokens verify to their end, and others know it before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2, 5, 30, 60),
      fc.array(step, { minLength: 5, maxLength: 25 }),
      (ttlSeconds, steps) => run(ttlSeconds, steps),
    ),
    { numRuns: 25 },
  );
}, 120_000);
