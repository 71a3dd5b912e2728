import { expect, test } from '@jest/globals';
import type { UserId } from '../../src/domain/ids.js';
import type { SigningKeyOptions } from '../../src/domain/signing-key-service.js';
import { activeKey } from '../../src/domain/signing-key-state.js';
import type { Stores } from '../../src/domain/stores.js';
import { generateSigningKey } from '../../src/domain/signing-key.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachStore } from '../support/stores.js';
import {
  CACHE_MS,
  DAY_MS,
  keyIn,
  openKeyNode,
  publishedBy,
  RETENTION_MS,
  SECOND_MS,
  SECRET_KEYS,
  statesOf,
  TTL_MS,
  type KeyNode,
} from './signing-key-fixture.js';

const BY = 'the-administrator' as UserId;
const ADVANCE = { revokeCurrent: false, by: BY };
const REVOKE = { revokeCurrent: true, by: BY };

describeOnEachStore('Signing keys', (createFresh) => {
  async function openNodes(count: number, changes: Partial<SigningKeyOptions> = {}) {
    const backend = createFresh();
    const clock = new ManualClock();
    const open = async (): Promise<KeyNode> => openKeyNode(await backend.open({ clock }), changes);
    const nodes: KeyNode[] = [];
    for (let made = 0; made < count; made += 1) nodes.push(await open());
    const stores = await backend.open({ clock });
    return { clock, open, nodes, node: nodes[0]!, other: nodes[1] ?? nodes[0]!, stores };
  }

  const keepUp = (nodes: readonly KeyNode[]) => Promise.all(nodes.map(({ keys }) => keys.keepUp()));
  const reload = (nodes: readonly KeyNode[]) => Promise.all(nodes.map(({ keys }) => keys.reload()));
  const eventsOf = (nodes: readonly KeyNode[]) => nodes.flatMap(({ events }) => events);
  const sequences = async ({ signingKeys }: Stores) => (await signingKeys.list()).map(({ sequence }) => sequence);

  test('are one that signs and one that follows, made at the first start and there at the next', async () => {
    const { clock, node, other } = await openNodes(2);
    const [first, next] = await node.keys.list();
    expect(await statesOf(node)).toEqual(['ACTIVE', 'NEXT']);
    expect(first).toMatchObject({ signsFrom: clock.now(), signsUntil: next?.signsFrom, algorithm: 'EdDSA' });
    expect(next?.signsFrom?.getTime()).toBe(clock.now().getTime() + TTL_MS);
    expect([node.keys.active().kid, other.keys.active().kid]).toEqual([first?.kid, first?.kid]);
    expect(publishedBy(node)).toEqual([first?.kid, next?.kid]);
    expect(other.keys.publicJwks()).toEqual(node.keys.publicJwks());
    expect(eventsOf([node, other])).toEqual([]);
  });

  test('are the same for servers that start at once', async () => {
    const backend = createFresh();
    const stores = await Promise.all(Array.from({ length: 6 }, () => backend.open()));
    const nodes = await Promise.all(stores.map((each) => openKeyNode(each)));
    expect(await sequences(stores[0]!)).toEqual([1, 2]);
    expect(new Set(nodes.map(({ keys }) => keys.active().kid)).size).toBe(1);
    expect(new Set(nodes.map((node) => publishedBy(node).join()))).toEqual(new Set([publishedBy(nodes[0]!).join()]));
    expect(eventsOf(nodes)).toEqual([]);
  });

  test('of ten servers that reach the moment together, one makes the next key, and all use it', async () => {
    const { clock, nodes, stores } = await openNodes(10);
    const next = await keyIn('NEXT', nodes[0]!);
    clock.advance(TTL_MS);
    expect(new Set(nodes.map(({ keys }) => keys.active().kid))).toEqual(new Set([next.kid]));
    await keepUp(nodes);
    expect(await sequences(stores)).toEqual([1, 2, 3]);
    expect(new Set(nodes.map((node) => publishedBy(node).join())).size).toBe(1);
    expect(publishedBy(nodes[0]!)).toHaveLength(3);
    expect(eventsOf(nodes)).toEqual([{ type: 'key.rotated', kid: next.kid, by: null, revokedKids: [] }]);
    expect((await keyIn('NEXT', nodes[9]!)).signsFrom?.getTime()).toBe(clock.now().getTime() + TTL_MS);
    await keepUp(nodes);
    expect(await sequences(stores)).toEqual([1, 2, 3]);
    expect(eventsOf(nodes)).toHaveLength(1);
  });

  test('verify until the last token that they signed has expired, and are then deleted', async () => {
    const { clock, node, stores } = await openNodes(1);
    clock.advance(TTL_MS - 1);
    const { kid } = node.keys.active();
    clock.advance(1);
    await node.keys.keepUp();
    expect(node.keys.active().kid).not.toBe(kid);
    expect(await keyIn('RETIRED', node)).toMatchObject({ kid, verifiesUntil: new Date(+clock.now() + RETENTION_MS) });
    clock.advance(RETENTION_MS - 1);
    await node.keys.keepUp();
    expect(node.keys.find(kid)).toMatchObject({ key: { kid }, isRevoked: false });
    expect(publishedBy(node)).toContain(kid);
    clock.advance(1);
    expect([node.keys.find(kid), publishedBy(node).includes(kid)]).toEqual([null, false]);
    await node.keys.keepUp();
    expect(await sequences(stores)).toEqual([2, 3]);
    expect(await statesOf(node)).toEqual(['ACTIVE', 'NEXT']);
  });

  test('are published for five minutes at most, and never past the moment when the next one signs', async () => {
    const { clock, node } = await openNodes(1);
    const published: [number, number][] = [];
    for (const beforeMs of [DAY_MS, CACHE_MS + 1, CACHE_MS - 1, 1_500, 1, 0]) {
      const { signsFrom } = (await node.keys.list())[1]!;
      clock.advance(signsFrom!.getTime() - beforeMs - clock.now().getTime());
      published.push([beforeMs, node.keys.publicJwks().maxAgeSeconds]);
    }
    expect(published.map(([, seconds]) => seconds)).toEqual([300, 300, 299, 1, 0, 300]);
    await node.keys.keepUp();
    expect(node.keys.publicJwks()).toMatchObject({ keys: { length: 3 }, maxAgeSeconds: 300 });
  });

  test('are never deleted while they are the last, so that no number is given twice', async () => {
    const { clock, stores } = await openNodes(1);
    await stores.signingKeys.create(await generateSigningKey(3, 'EdDSA', SECRET_KEYS[0]), {
      delayMs: 0,
      notBefore: null,
    });
    await stores.signingKeys.create(await generateSigningKey(4, 'EdDSA', SECRET_KEYS[0]), {
      delayMs: 1,
      notBefore: null,
    });
    const revokedAt = clock.now();
    const list = async () =>
      (await stores.signingKeys.list()).map((row) => (row.sequence > 2 ? { ...row, revokedAt } : row));
    const asked: number[] = [];
    const remove: Stores['signingKeys']['delete'] = async ({ sequence }) => asked.push(sequence) > 0;
    const { keys } = await openKeyNode({ ...stores, signingKeys: { ...stores.signingKeys, list, delete: remove } });
    clock.advance(RETENTION_MS);
    await keys.keepUp();
    expect(asked).toEqual([3]);
  });

  test('go on after the servers were away for long: nothing is published too late', async () => {
    const { clock, open, node, stores } = await openNodes(1);
    const next = await keyIn('NEXT', node);
    clock.advance(3 * TTL_MS);
    const restarted = await open();
    expect(restarted.keys.active().kid).toBe(next.kid);
    expect(await sequences(stores)).toEqual([2, 3]);
    expect((await keyIn('NEXT', restarted)).signsFrom).toEqual(new Date(+clock.now() + CACHE_MS));
    expect(restarted.events).toEqual([{ type: 'key.rotated', kid: next.kid, by: null, revokedKids: [] }]);
  });

  test('rotate at once when somebody asks for it; the one before goes on to verify', async () => {
    const { clock, nodes, node, other } = await openNodes(2);
    const [first, next] = await node.keys.list();
    clock.advance(DAY_MS);
    expect(await node.keys.rotate(ADVANCE)).toMatchObject({ kid: next?.kid, state: 'ACTIVE', signsFrom: clock.now() });
    await reload(nodes);
    for (const each of nodes) {
      expect(each.keys.active().kid).toBe(next?.kid);
      expect(each.keys.find(first!.kid)).toMatchObject({ isRevoked: false });
      expect(await statesOf(each)).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
    }
    expect((await keyIn('NEXT', node)).signsFrom?.getTime()).toBe(clock.now().getTime() + TTL_MS);
    await keepUp(nodes);
    expect(eventsOf([node, other])).toEqual([{ type: 'key.rotated', kid: next?.kid, by: BY, revokedKids: [] }]);
  });

  test.each([ADVANCE, REVOKE])(
    'of rotations at the same moment, with %j, one wins and all answer its key',
    async (how) => {
      const { nodes } = await openNodes(4);
      const answers = await Promise.all(nodes.map(({ keys }) => keys.rotate(how)));
      await reload(nodes);
      const { kid } = nodes[0]!.keys.active();
      expect(answers.map((answer) => answer.kid)).toEqual(nodes.map(() => kid));
      const events = eventsOf(nodes);
      const states = await statesOf(nodes[3]!);
      if (how.revokeCurrent) {
        // Who reads only behind the write of another, on a machine that is busy, comes after it, and revokes its key too.
        expect(new Set(events.map((event) => event.type === 'key.rotated' && event.kid)).size).toBe(events.length);
        expect(events).toContainEqual(expect.objectContaining({ type: 'key.rotated', kid, by: BY }));
        expect(states.slice(-2)).toEqual(['ACTIVE', 'NEXT']);
        expect(new Set(states.slice(0, -2))).toEqual(new Set(['REVOKED']));
      } else {
        expect(events).toMatchObject([{ type: 'key.rotated', kid, by: BY }]);
        expect(states).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
      }
    },
  );

  test('a rotation and a revocation at the same moment leave one that signs, and none that should be revoked', async () => {
    const { nodes, node, other } = await openNodes(2);
    const before = (await node.keys.list()).map(({ kid }) => kid);
    await Promise.all([node.keys.rotate(ADVANCE), other.keys.rotate(REVOKE)]);
    await reload(nodes);
    await keepUp(nodes);
    for (const { keys } of nodes) {
      for (const kid of before) expect(keys.find(kid)).toMatchObject({ isRevoked: true });
      expect(before).not.toContain(keys.active().kid);
    }
    expect(await keyIn('ACTIVE', node)).toMatchObject({ kid: other.keys.active().kid });
    await keyIn('NEXT', node);
  });

  test('a revocation is known on every server once told, and new keys sign', async () => {
    const { clock, nodes, node, other } = await openNodes(2);
    const [first, next] = await node.keys.list();
    clock.advance(DAY_MS);
    await node.keys.rotate(ADVANCE);
    const emptied = nodes.map(({ keys }) => {
      const calls: true[] = [];
      keys.onRevoked(() => calls.push(true));
      return calls;
    });
    await reload(nodes);
    expect(emptied).toEqual([[], []]);
    const following = await keyIn('NEXT', node);
    clock.advance(SECOND_MS);
    const now = await node.keys.rotate(REVOKE);
    await other.keys.reload();
    for (const { keys } of nodes) {
      // The retired one too: whoever rotated first and revoked then has lost a key that still verifies.
      for (const { kid } of [first!, next!, following]) {
        expect(keys.find(kid)).toMatchObject({ key: { kid }, isRevoked: true });
      }
      expect([keys.active().kid, keys.find(now.kid)?.isRevoked]).toEqual([now.kid, false]);
    }
    expect(emptied).toEqual([[true], [true]]);
    expect(publishedBy(other)).toEqual([now.kid, (await keyIn('NEXT', other)).kid]);
    const revokedKids = [first!.kid, next!.kid, following.kid];
    expect(eventsOf(nodes).at(-1)).toEqual({ type: 'key.rotated', kid: now.kid, by: BY, revokedKids });

    clock.advance(RETENTION_MS);
    await keepUp(nodes);
    expect(await statesOf(other)).toEqual(['ACTIVE', 'NEXT']);
    expect(node.keys.find(first!.kid)).toBeNull();
  });

  test('once known to be revoked stay so, whatever a database says that was left behind', async () => {
    const { node, stores } = await openNodes(1);
    const { kid } = node.keys.active();
    const stale = await stores.signingKeys.list();
    let isStale = false;
    const list = async () => (isStale ? stale : stores.signingKeys.list());
    const behind = await openKeyNode({ ...stores, signingKeys: { ...stores.signingKeys, list } });
    await node.keys.rotate(REVOKE);
    await behind.keys.reload();
    isStale = true;
    await behind.keys.reload();
    expect(behind.keys.find(kid)).toMatchObject({ isRevoked: true });
  });

  test('a crash after any step of a revocation leaves servers that sign, and repeating it does the rest', async () => {
    for (let steps = 0; steps <= 3; steps += 1) {
      const { clock, open, node, stores } = await openNodes(1);
      const old = (await node.keys.list()).map(({ kid }) => kid);
      clock.advance(DAY_MS);
      let left = steps;
      const crashing = Object.fromEntries(
        Object.entries(stores.signingKeys).map(([name, method]: [string, (...given: never[]) => unknown]) => [
          name,
          async (...given: never[]) => {
            if (name !== 'list' && (left -= 1) < 0) throw new Error('crashed');
            return method(...given);
          },
        ]),
      ) as unknown as Stores['signingKeys'];
      const crashed = await openKeyNode({ ...stores, signingKeys: crashing });
      await crashed.keys.rotate(REVOKE).catch(() => undefined);

      expect(activeKey(await stores.signingKeys.list(), clock.now())).not.toBeNull();
      const restarted = await open();
      const { kid } = await restarted.keys.rotate(REVOKE);
      expect(old).not.toContain(kid);
      for (const each of old) expect(restarted.keys.find(each)).toMatchObject({ isRevoked: true });
      await keyIn('NEXT', restarted);
    }
  });

  test.each([-500, 500])('change in the same way on a server whose clock is off by %i ms', async (offMs) => {
    const backend = createFresh();
    const clock = new ManualClock();
    const stores = await backend.open({ clock });
    const activate = async (sequence: number): Promise<boolean> => {
      clock.advance(20);
      return stores.signingKeys.activate(sequence);
    };
    const slow = { ...stores, signingKeys: { ...stores.signingKeys, activate } };
    const node = await openKeyNode(slow, { clock: { now: () => new Date(clock.now().getTime() + offMs) } });
    const [first, next] = await node.keys.list();
    expect(node.keys.active().kid).toBe(first?.kid);
    clock.advance(DAY_MS);
    expect((await node.keys.rotate(ADVANCE)).kid).toBe(next?.kid);
    expect(node.keys.active().kid).toBe(next?.kid);
    expect(await statesOf(node)).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
    clock.advance(DAY_MS);
    const { kid } = await node.keys.rotate(REVOKE);
    expect(node.keys.active().kid).toBe(kid);
    expect(await statesOf(node)).toEqual(['REVOKED', 'REVOKED', 'REVOKED', 'ACTIVE', 'NEXT']);
    clock.advance(TTL_MS + SECOND_MS);
    await node.keys.keepUp();
    expect(await statesOf(node)).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
  });

  test('where somebody revoked all of them in the database, none signs until the upkeep has made new ones', async () => {
    const { node, stores } = await openNodes(1);
    await stores.signingKeys.revokeUpTo(2);
    await node.keys.reload();
    expect(() => node.keys.active()).toThrow(expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }));
    await node.keys.keepUp();
    expect(await statesOf(node)).toEqual(['REVOKED', 'REVOKED', 'ACTIVE', 'NEXT']);
    expect(node.keys.active().kid).toBe((await keyIn('ACTIVE', node)).kid);
  });

  test('of another algorithm are published at the next start, and sign from the next rotation on', async () => {
    const { clock, node, stores } = await openNodes(1);
    const before = (await node.keys.list())[1]!;
    const starting = [
      await openKeyNode(stores, { algorithm: 'ES256' }),
      await openKeyNode(stores, { algorithm: 'ES256' }),
    ];
    expect(await statesOf(node)).toEqual(['ACTIVE', 'RETIRED', 'NEXT']);
    expect(await keyIn('NEXT', node)).toMatchObject({ algorithm: 'ES256', signsFrom: before.signsFrom });
    expect(node.keys.active().algorithm).toBe('EdDSA');
    // Servers that still have the old algorithm do not change it back while they run.
    await keepUp([node, ...starting]);
    expect(await sequences(stores)).toEqual([1, 2, 3]);
    clock.advance(TTL_MS);
    expect(node.keys.active().algorithm).toBe('ES256');
    expect(node.keys.find(before.kid)).not.toBeNull();
    await keepUp(starting);
    expect(await statesOf(node)).toEqual(['RETIRED', 'RETIRED', 'ACTIVE', 'NEXT']);
    expect(await keyIn('NEXT', node)).toMatchObject({ algorithm: 'ES256' });
  });

  test('of another algorithm are made once where the next key is to sign very soon', async () => {
    const { clock, node, stores } = await openNodes(1);
    clock.advance(TTL_MS - SECOND_MS);
    await Promise.all([1, 2, 3].map(() => openKeyNode(stores, { algorithm: 'ES256' })));
    expect((await node.keys.list()).map(({ algorithm }) => algorithm)).toEqual(['EdDSA', 'EdDSA', 'ES256']);
    const last = await keyIn('ACTIVE', node);
    expect(last.signsUntil).toEqual((await node.keys.list())[1]?.signsFrom);
    expect((await node.keys.list())[2]?.signsFrom).toEqual(new Date(+clock.now() + CACHE_MS));
  });

  test.each([1, 2, 3])('that live for %i s follow each other all the same', async (ttlSeconds) => {
    const { clock, nodes, node } = await openNodes(2, { ttlSeconds });
    const signed = new Set<string>();
    for (let step = 0; step < 10 * ttlSeconds; step += 1) {
      signed.add(node.keys.active().kid);
      expect(node.keys.publicJwks().maxAgeSeconds).toBeLessThanOrEqual(1);
      clock.advance(SECOND_MS);
      await keepUp(nodes);
      await reload(nodes);
    }
    expect(signed.size).toBe(10);
  });

  test('that leaked, on two servers at once: each tells of the key that it made itself, also where the other has replaced that already', async () => {
    const { nodes, open, stores } = await openNodes(1);
    const [other] = nodes;
    const { signingKeys } = stores;
    /** Done once this server has made its key, and before it revokes what was there. */
    let meanwhile = async (): Promise<void> => undefined;
    const slow = await openKeyNode(stores, {
      store: {
        ...signingKeys,
        async revokeUpTo(...given) {
          await meanwhile();
          return signingKeys.revokeUpTo(...given);
        },
      },
    });
    await slow.keys.reload();
    let replaced: string | undefined;
    meanwhile = async () => {
      replaced = (await other!.keys.list()).findLast(({ state }) => state === 'ACTIVE')?.kid;
      await other!.keys.rotate(REVOKE);
    };
    const active = await slow.keys.rotate(REVOKE);
    const [told] = eventsOf([slow]);
    const [toldByOther] = eventsOf([other!]);
    expect(told).toMatchObject({ type: 'key.rotated', kid: replaced });
    expect(toldByOther).toMatchObject({ type: 'key.rotated', kid: active.kid });
    expect(replaced).not.toBe(active.kid);
    expect(await statesOf(await open())).toEqual(expect.arrayContaining(['ACTIVE', 'NEXT']));
  });
});
