import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { NodeClock } from '../../src/domain/clock.js';
import { AuthError } from '../../src/domain/errors.js';
import type { Stores } from '../../src/domain/stores.js';
import { describeOnEachStore } from '../support/stores.js';
import { openKeyNode, type KeyNode } from './signing-key-fixture.js';

const randomKid = (): string => randomBytes(16).toString('base64url');
const ROTATE = { revokeCurrent: false, by: null };
const REVOKE = { revokeCurrent: true, by: null };

/** Time that passes when a test says so; whoever waits is waited for by nobody. */
function createTime() {
  let nowMs = 0;
  let waiting: { readonly untilMs: number; readonly go: () => void }[] = [];
  const nodeClock: NodeClock = { moment: () => ({ monotonicMs: nowMs, wallMs: nowMs }) };
  return {
    nodeClock,
    wait: (ms: number) => new Promise<void>((go) => void waiting.push({ untilMs: nowMs + ms, go })),
    waiting: () => waiting.length,
    advance(ms: number) {
      nowMs += ms;
      const due = waiting.filter(({ untilMs }) => untilMs <= nowMs);
      waiting = waiting.filter(({ untilMs }) => untilMs > nowMs);
      for (const { go } of due) go();
    },
  };
}

/** Lets everything come to rest that needs no time: a read of the store takes its round trip. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

describeOnEachStore('A key that a server does not know', (createFresh) => {
  async function open() {
    const backend = createFresh();
    const stores = await backend.open();
    const time = createTime();
    let reads = 0;
    let pending: Promise<unknown> = Promise.resolve();
    let fails = false;
    const list: Stores['signingKeys']['list'] = () => {
      reads += 1;
      const read = fails ? Promise.reject(new AuthError('SERVICE_UNAVAILABLE')) : stores.signingKeys.list();
      pending = Promise.allSettled([pending, read]);
      return read;
    };
    const { nodeClock, wait } = time;
    const counted = { ...stores, signingKeys: { ...stores.signingKeys, list } };
    const node = await openKeyNode(counted, { nodeClock, wait });
    const other = await openKeyNode(await backend.open());
    reads = 0;
    return {
      ...{ node, other, time },
      reads: () => reads,
      failReads: (doFail: boolean) => (fails = doFail),
      /** Until no read is under way. */
      async rest() {
        await settle();
        await pending;
        await settle();
      },
    };
  }

  /** Makes a key that the other server cannot have heard of. */
  const makeKey = async ({ keys }: KeyNode): Promise<string> => (await keys.rotate(REVOKE)).kid;

  test('is found by one read, which all who ask for it share', async () => {
    const { node, other, reads } = await open();
    const kid = await makeKey(other);
    expect(node.keys.find(kid)).toBeNull();
    const found = await Promise.all(Array.from({ length: 50 }, () => node.keys.lookUp(kid)));
    for (const each of found) expect(each).toMatchObject({ key: { kid }, isRevoked: false });
    expect([node.keys.find(kid)?.key, reads()]).toEqual([found[0]?.key, 1]);
  });

  test('costs no read where it is known, has no form of ours, or was looked for in vain before', async () => {
    const { node, reads, time } = await open();
    const unknown = randomKid();
    expect(await node.keys.lookUp(node.keys.active().kid)).not.toBeNull();
    for (const kid of ['', 'nobody', `${unknown}x`, 'x'.repeat(12_000)]) expect(await node.keys.lookUp(kid)).toBeNull();
    expect(reads()).toBe(0);
    expect(await node.keys.lookUp(unknown)).toBeNull();
    expect(reads()).toBe(1);
    time.advance(60_000);
    expect(await node.keys.lookUp(unknown)).toBeNull();
    expect([reads(), time.waiting()]).toEqual([1, 0]);
  });

  test('is waited for until its turn has come, be there a flood of made-up ones before it', async () => {
    const { node, other, time, reads, rest } = await open();
    await node.keys.lookUp(randomKid());
    expect(reads()).toBe(1);
    const flood = Array.from({ length: 500 }, () => node.keys.lookUp(randomKid()));
    const kid = await makeKey(other);
    let answer: unknown = 'waits';
    const asked = node.keys.lookUp(kid).then((found) => (answer = found));
    time.advance(999);
    await rest();
    expect([answer, reads()]).toEqual(['waits', 1]);
    time.advance(1);
    expect(await asked).toMatchObject({ key: { kid } });
    expect(new Set(await Promise.all(flood))).toEqual(new Set([null]));
    expect(reads()).toBe(2);
  });

  test('costs at most one read a second, however many are made up', async () => {
    const { node, time, reads, rest } = await open();
    const asked: Promise<unknown>[] = [];
    const counts: number[] = [];
    for (let step = 0; step < 50; step += 1) {
      asked.push(...Array.from({ length: 10 }, () => node.keys.lookUp(randomKid())));
      await rest();
      counts.push(reads());
      time.advance(100);
    }
    // Read at 0 s, and then once in each second that has begun.
    expect(counts).toEqual(Array.from({ length: 50 }, (_, step) => 1 + Math.floor(step / 10)));
    await rest();
    time.advance(1_000);
    expect(new Set(await Promise.all(asked))).toEqual(new Set([null]));
    expect(reads()).toBeLessThanOrEqual(7);
  });

  test('is found by a read that began before it was asked for, and never refused by one', async () => {
    const { node, other, time, reads, rest } = await open();
    const first = node.keys.lookUp(randomKid());
    // The read is under way, and may have missed what is made now: the next one decides.
    const kid = await makeKey(other);
    const asked = node.keys.lookUp(kid);
    await first;
    await rest();
    time.advance(1_000);
    expect(await asked).toMatchObject({ key: { kid } });
    expect(reads()).toBeLessThanOrEqual(2);
  });

  test('is an answer of SERVICE_UNAVAILABLE while the store is away, and not taken for unknown afterwards', async () => {
    const { node, other, time, failReads } = await open();
    const kid = await makeKey(other);
    failReads(true);
    const refused = await Promise.allSettled([node.keys.lookUp(kid), node.keys.lookUp(kid)]);
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
    failReads(false);
    time.advance(1_000);
    expect(await node.keys.lookUp(kid)).toMatchObject({ key: { kid } });
  });

  test('that was rotated in is no stranger: the next one was published before', async () => {
    const { node, other, reads } = await open();
    const { kid } = await other.keys.rotate(ROTATE);
    expect(await node.keys.lookUp(kid)).toMatchObject({ key: { kid }, isRevoked: false });
    expect(reads()).toBe(0);
  });
});
