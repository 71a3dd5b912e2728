import { describe, expect, test } from '@jest/globals';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { Stores } from '../../src/domain/stores.js';
import { ADMIN, MODERATOR } from '../../src/domain/user.js';
import { deleteRow } from '../http/support/raw-store.js';
import { ManualClock } from '../support/clock.js';
import { listen } from '../support/feed.js';
import type { Backend } from '../support/stores.js';
import {
  FOR_GOOD,
  LIFETIMES,
  MINUTE,
  NOBODY_SPARED,
  addSession,
  addUser,
  changedUser,
  getSession,
  getUser,
  later,
  randomHash,
  rotate,
} from './builders.js';

/** Two nodes on one database: what one writes, the other is told. */
async function openTwo(backend: Backend, clock?: ManualClock): Promise<readonly [Stores, Stores]> {
  const options = clock ? { clock } : {};
  return [await backend.open(options), await backend.open(options)];
}

/** A promise, and what resolves it. */
function gate(): readonly [Promise<void>, () => void] {
  let open = (): void => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return [isOpen, () => open()];
}

/** What every `RevocationStore` does. */
export function revocationStoreContract(createFresh: () => Backend): void {
  describe('follow tells what another node', () => {
    test('ended: one session, one on a premise, some by their ids, and all below a floor', async () => {
      const clock = new ManualClock();
      const [writer, reader] = await openTwo(createFresh(), clock);
      const userId = createUserId();
      const rows = [];
      for (const ver of [5, 5, 5, 1]) rows.push(await addSession(writer, { userId, ver }));
      const [one, onPremise, listed, below] = rows.map(({ session }) => session);
      const feed = listen(reader);
      await feed.catchUp();
      expect(feed.told).toEqual([]);

      await writer.sessions.end(one!.id, 'signed-out', LIFETIMES);
      await writer.sessions.endWhere(onPremise!, 'theft', LIFETIMES);
      await writer.sessions.endListed(userId, [listed!.id], 'revoked', LIFETIMES);
      await writer.sessions.endBelow(userId, 5, 'banned', LIFETIMES);
      await feed.catchUp();
      const ids = [one, onPremise, listed, below].map((session) => session!.id);
      expect(feed.told).toEqual(ids.map((sessionId) => ({ kind: 'session-ended', sessionId, at: clock.now() })));
    });

    test('changed of what a user may do, with ver and floor as they are then', async () => {
      const [writer, reader] = await openTwo(createFresh());
      const { id: userId } = await addUser(writer);
      await addUser(writer, { roles: [ADMIN] });
      const feed = listen(reader);
      await feed.catchUp();
      feed.told.length = 0;

      const changes = [
        await writer.users.grantRole(userId, MODERATOR),
        await writer.users.withdrawRole(userId, MODERATOR),
        await writer.users.raiseFloor(userId, NOBODY_SPARED),
        await writer.users.ban(userId, FOR_GOOD, NOBODY_SPARED),
        await writer.users.unban(userId, NOBODY_SPARED),
      ].map(changedUser);
      await feed.catchUp();
      expect(feed.told.map((told) => told.kind === 'user-changed' && [told.userId, told.ver])).toEqual(
        changes.map(({ ver }) => [userId, ver]),
      );
      const floors = feed.told.map((told) => (told.kind === 'user-changed' ? told.floor : undefined));
      // Left out where it did not change.
      for (const [index, floor] of floors.entries()) expect([changes[index]?.floor, null]).toContain(floor);
      expect([floors[2], floors[3]]).toEqual([changes[2]?.floor, changes[3]?.floor]);
    });

    test('did to the signing keys, and is not current before they are read', async () => {
      const [writer, reader] = await openTwo(createFresh());
      const order: string[] = [];
      const [isReady, letRead] = gate();
      const feed = listen(reader, {
        async onKeys() {
          if (order.length > 0) await isReady;
          order.push(`read ${(await reader.signingKeys.list()).length}`);
        },
      });
      await feed.catchUp();
      const key = {
        sequence: 1,
        kid: randomHash(),
        algorithm: 'EdDSA',
        publicKey: '{}',
        encryptedPrivateKey: '',
      } as const;
      await writer.signingKeys.create(key, { delayMs: 0, notBefore: null });
      const caughtUp = feed.catchUp().then(() => order.push('current'));
      // Time enough for it to be wrong: another feed of the same node comes to know it, several times over.
      const other = listen(reader);
      for (let times = 0; times < 5; times += 1) await other.catchUp();
      letRead();
      await caughtUp;
      expect([order[0], order[1], order.at(-1)]).toEqual(['read 0', 'read 1', 'current']);
    });
  });

  test('follow tells what another node made of roles, and is not current before that was read', async () => {
    const [writer, reader] = await openTwo(createFresh());
    let read = (): void => undefined;
    let reading: Promise<void> = Promise.resolve();
    const feed = listen(reader, { onPermissions: () => reading });
    const bystander = listen(reader);
    await Promise.all([feed.catchUp(), bystander.catchUp()]);
    const [keyChanges, permissionChanges] = [feed.keyChanges(), feed.permissionChanges()];
    reading = new Promise((resolve) => (read = resolve));
    await writer.rolePermissions.replace('EDITOR', ['post:write']);
    let isCurrent = false;
    const caughtUp = feed.catchUp().then(() => (isCurrent = true));
    for (let times = 0; times < 3; times += 1) await bystander.catchUp();
    expect([isCurrent, feed.permissionChanges() > permissionChanges]).toEqual([false, true]);
    read();
    await caughtUp;
    expect([feed.keyChanges(), feed.told]).toEqual([keyChanges, []]);
  });

  test('what nobody has to know is not told: sign-ins, rotations, confirmations', async () => {
    const [writer, reader] = await openTwo(createFresh());
    const user = await addUser(writer);
    const feed = listen(reader);
    await feed.catchUp();
    feed.told.length = 0;
    const row = await addSession(writer, { userId: user.id, ver: user.ver });
    const { session } = await rotate(writer, row);
    await writer.sessions.confirm([{ sessionId: session.id, generation: 1 }]);
    await writer.users.recordSignIn(user.id);
    await writer.users.replacePasswordHash(user.id, user.passwordHash, '$argon2id$of-another');
    await feed.catchUp();
    // A small row's change arrives whole: `ver` may be told again, as it was.
    for (const told of feed.told) expect(told).toMatchObject({ kind: 'user-changed', ver: user.ver });
    expect([feed.keyChanges(), feed.permissionChanges()]).toEqual([1, 1]);
  });

  test('a user or session that somebody deletes in the database is told as past its end', async () => {
    const backend = createFresh();
    const [writer, reader] = await openTwo(backend);
    const user = await addUser(writer);
    const { session } = await addSession(writer, { userId: user.id, ver: user.ver });
    const feed = listen(reader);
    await feed.catchUp();
    feed.told.length = 0;
    await deleteRow(backend.url, 'users', user.id);
    await deleteRow(backend.url, 'sessions', session.id);
    await feed.catchUp();
    expect(feed.told).toMatchObject([
      { kind: 'user-changed', userId: user.id },
      { kind: 'session-ended', sessionId: session.id },
    ]);
    const [ofUser] = feed.told;
    expect(ofUser?.kind === 'user-changed' && (ofUser.floor ?? 0) > user.ver && ofUser.ver > user.ver).toBe(true);
  });

  test('a feed begins with what the retention holds, and leaves out what is older', async () => {
    const clock = new ManualClock();
    const [writer, reader] = await openTwo(createFresh(), clock);
    const { id: userId } = await addUser(writer);
    const old = await addSession(writer, { userId });
    const young = await addSession(writer, { userId });
    await writer.sessions.end(old.session.id, 'signed-out', LIFETIMES);
    clock.advance(MINUTE);
    const endedAt = clock.now();
    await writer.sessions.end(young.session.id, 'signed-out', LIFETIMES);
    const { ver, floor } = changedUser(await writer.users.raiseFloor(userId, NOBODY_SPARED));
    clock.advance(MINUTE);

    const feed = listen(reader, { retentionMs: MINUTE + 1 });
    await feed.catchUp();
    const both = [
      { kind: 'session-ended', sessionId: young.session.id, at: endedAt },
      { kind: 'user-changed', userId, ver, floor, at: endedAt },
    ];
    expect(feed.told).toHaveLength(2);
    expect(feed.told).toEqual(expect.arrayContaining(both));
    expect(feed.keyChanges()).toBe(1);
  });

  test('a feed is current as of moments that go on, none of them later than it was told', async () => {
    const [, reader] = await openTwo(createFresh());
    const feed = listen(reader);
    const before = performance.now();
    await feed.catchUp();
    const first = feed.currentAsOfMs();
    expect(first).toBeGreaterThanOrEqual(before);
    await feed.catchUp();
    expect(feed.currentAsOfMs()).toBeGreaterThan(first);
    expect(feed.currentAsOfMs()).toBeLessThanOrEqual(performance.now());
  });

  test('a closed feed tells nothing any more, and closed stores close their feeds', async () => {
    const [writer, reader] = await openTwo(createFresh());
    const { session } = await addSession(writer);
    const closed = listen(reader);
    await closed.catchUp();
    await closed.close();
    const other = listen(reader);
    await other.catchUp();
    await writer.sessions.end(session.id, 'signed-out', LIFETIMES);
    await other.catchUp();
    expect([closed.told.length, other.told.length]).toEqual([0, 1]);
    await reader.close();
    expect([...closed.reports, ...other.reports]).toEqual([]);
  });

  describe('readNow', () => {
    test('answers the session and the user, with the clock when they were read', async () => {
      const clock = new ManualClock();
      const [writer, reader] = await openTwo(createFresh(), clock);
      const user = await addUser(writer);
      const { session } = await addSession(writer, { userId: user.id, ver: user.ver });
      clock.advance(MINUTE);
      const now = clock.now();
      expect(await reader.revocations.readNow(session.id, user.id)).toEqual({
        row: { session: await getSession(writer, session.id), now },
        owner: { user: await getUser(writer, user.id), now },
      });
      expect(later(session.createdAt, MINUTE)).toEqual(now);
    });

    test('answers null for what is not there', async () => {
      const [, reader] = await openTwo(createFresh());
      const { row, owner } = await reader.revocations.readNow(createSessionId(), createUserId());
      expect([row, owner.user]).toEqual([null, null]);
    });

    test('sees each of many changes that were acknowledged just before, from another node', async () => {
      const [writer, reader] = await openTwo(createFresh());
      const { id: userId } = await addUser(writer);
      for (let changes = 0; changes < 20; changes += 1) {
        const { ver } = changedUser(await writer.users.raiseFloor(userId, NOBODY_SPARED));
        const reads = Array.from({ length: 5 }, () => reader.revocations.readNow(createSessionId(), userId));
        const seen = (await Promise.all(reads)).map(({ owner }) => owner.user?.ver);
        expect(seen).toEqual(Array.from({ length: 5 }, () => ver));
      }
    });
  });
}
