import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import mongoose from 'mongoose';
import { createReplicaSet, type ReplicaSet } from '../support/replica-set.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import {
  askWith,
  BOUND_MS,
  observe,
  startPair,
  untilStale,
  type Observation,
  type Outage,
  type Pair,
} from './feed-outage.js';

// Each starts two servers, takes the store away for half a minute, and waits for elections.
jest.setTimeout(300_000);

/** Longer than a server waits for its database. */
const BLIND_MS = 6500;
const SEEING_MS = 1500;

describeOnOwnMongod('A server that loses its revocation feed', (mongod) => {
  let set: ReplicaSet | undefined;
  let pair: Pair | undefined;
  let proxy: TcpProxy | undefined;
  beforeAll(async () => {
    set = await createReplicaSet({ binary: mongod, members: 3, isTesting: true });
  });
  afterEach(async () => {
    await pair?.close();
    await proxy?.close();
    [pair, proxy] = [undefined, undefined];
    await set?.waitUntilWhole();
  });
  afterAll(() => set?.remove());

  async function lose(urls: readonly [losing: string, other: string], outage: Outage): Promise<Observation> {
    pair = await startPair(...urls);
    const observation = await observe(pair, outage);
    await expectPromises(pair, observation);
    return observation;
  }

  test('whose connection is cut refuses everybody while it cannot know, and comes back', async () => {
    const primary = await set!.waitForPrimary();
    const through = (proxy = await createTcpProxy(set!.portOf(primary)));
    const observation = await lose([set!.urlOf(primary, through.port), set!.url], {
      beyondMs: BLIND_MS,
      lose: () => through.cut(),
      heal: () => through.heal(),
    });
    expectBlindness(observation);
    expect(outcomes(observation.readiness)).toContain('503 unreachable stale');
  });

  test('whose connection hangs, with its sockets open, does the same', async () => {
    const primary = await set!.waitForPrimary();
    const through = (proxy = await createTcpProxy(set!.portOf(primary)));
    const observation = await lose([set!.urlOf(primary, through.port), set!.url], {
      beyondMs: BLIND_MS,
      lose: () => through.stall(),
      heal: () => through.heal(),
    });
    expectBlindness(observation);
    expect(outcomes(observation.readiness)).toContain('503 unreachable stale');
  });

  test('as the primary hangs (SIGSTOP) goes over to the next one', async () => {
    const primary = await set!.waitForPrimary();
    await lose([set!.url, set!.url], {
      beyondMs: SEEING_MS,
      lose: () => set!.freeze(primary),
      heal: () => set!.thaw(primary),
    });
  });

  test('as the primary is killed (SIGKILL) goes over to the next one', async () => {
    const primary = await set!.waitForPrimary();
    await lose([set!.url, set!.url], {
      beyondMs: SEEING_MS,
      lose: () => set!.kill(primary),
      heal: () => set!.start(primary),
    });
  });

  test('without an error, from a primary that stepped down and is cut off: empty batches prove nothing', async () => {
    const primary = await set!.waitForPrimary();
    const cursor = await openChangeStream(set!.urlOf(primary));
    const observation = await lose([set!.urlOf(primary), set!.url], {
      beyondMs: BLIND_MS,
      async lose() {
        await set!.configureFailPoint(primary, { name: 'stopReplProducer', mode: 'alwaysOn' });
        await set!.stepDown(primary, 120);
        await set!.waitForPrimary({ otherThan: primary });
        await cursor.forget();
      },
      async heal() {
        // The premise: a bare change stream there said nothing of the ban, and did not fail.
        const told = await cursor.forget();
        await cursor.close();
        await set!.configureFailPoint(primary, { name: 'stopReplProducer', mode: 'off' });
        await set!.stepUp(primary);
        expect(told).toEqual([]);
      },
    });
    expectBlindness(observation);
    expect(outcomes(observation.readiness)).toContain('503 reachable stale');
  });

  test('for good, its place in the stream gone from the history: asks the database meanwhile, then loads all', async () => {
    const primary = await set!.waitForPrimary();
    const failPoint = {
      name: 'failCommand',
      data: {
        failCommands: ['getMore'],
        errorCode: 286, // ChangeStreamHistoryLost
        errorLabels: ['NonResumableChangeStreamError'],
        appName: 'latchkey',
      },
    };
    const observation = await lose([set!.url, set!.url], {
      beyondMs: SEEING_MS,
      async lose() {
        await set!.configureFailPoint(primary, { ...failPoint, mode: 'alwaysOn' });
        // A batch that was asked for before may still come.
        await untilStale(pair!.losing);
      },
      heal: () => set!.configureFailPoint(primary, { ...failPoint, mode: 'off' }),
    });
    const { lostAtMs, healedAtMs, spared } = observation;
    // Where the database can be asked, nobody has to wait for the stream.
    const asked = spared.filter(({ sentAtMs }) => sentAtMs > lostAtMs && sentAtMs < healedAtMs);
    // But for a moment in which a busy machine kept the question waiting.
    expect(outcomes(asked.filter(({ outcome }) => outcome !== 'SERVICE_UNAVAILABLE'))).toEqual(['OK']);
    expect(asked.filter(({ outcome }) => outcome === 'OK').length).toBeGreaterThan(asked.length / 2);
  });
});

/** What holds however the feed was lost. */
async function expectPromises({ losing, banned, unseen, spared }: Pair, observation: Observation): Promise<void> {
  const late = observation.banned
    .filter(({ sentAtMs, outcome }) => outcome === 'OK' && sentAtMs > observation.bannedAtMs + BOUND_MS)
    .map(({ sentAtMs }) => `accepted ${Math.round(sentAtMs - observation.bannedAtMs)} ms after the ban`);
  expect(late.slice(-1)).toEqual([]);
  const expected = ['OK', 'SERVICE_UNAVAILABLE'];
  expect(outcomes(observation.spared).filter((outcome) => !expected.includes(outcome))).toEqual([]);
  expect(outcomes(observation.banned).filter((outcome) => ![...expected, 'SESSION_EXPIRED'].includes(outcome))).toEqual(
    [],
  );
  // Ready again, and so not refusing for want of knowledge.
  expect(await askWith(losing, unseen)).toBe('SESSION_EXPIRED');
  expect(await askWith(losing, banned)).toBe('SESSION_EXPIRED');
  expect(await askWith(losing, spared)).toBe('OK');
}

/** While it could not know, it accepted nobody: what it knew last was too old. */
function expectBlindness({ lostAtMs, healedAtMs, spared }: Observation): void {
  const blind = spared.filter(
    ({ sentAtMs, answeredAtMs }) => sentAtMs > lostAtMs + BOUND_MS && answeredAtMs < healedAtMs,
  );
  expect(outcomes(blind)).toEqual(['SERVICE_UNAVAILABLE']);
}

const outcomes = (sightings: Observation['spared']): string[] => [...new Set(sightings.map(({ outcome }) => outcome))];

/** A bare change stream of users, on this very member. */
async function openChangeStream(url: string) {
  const client = await new mongoose.mongo.MongoClient(url).connect();
  const stream = client.db().collection('users').watch();
  await stream.tryNext();
  return {
    /** What it told since the last time; throws where it broke off. */
    async forget(): Promise<unknown[]> {
      const told: unknown[] = [];
      for (let change = await stream.tryNext(); change !== null; change = await stream.tryNext()) told.push(change);
      return told;
    },
    async close(): Promise<void> {
      await stream.close();
      await client.close();
    },
  };
}
