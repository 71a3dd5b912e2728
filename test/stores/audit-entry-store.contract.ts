import { describe, expect, test } from '@jest/globals';
import { hashSessionId, type AuditEntry, type AuditNote, type NewAuditEntry } from '../../src/domain/audit-entry.js';
import type { AuditCursor, AuditFilter } from '../../src/domain/audit-entry-store.js';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { addSession, addUser, given, later, LIFETIMES, MINUTE } from './builders.js';

const ALL = 1_000;

const newEntry = (fields: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  action: 'sign-in',
  outcome: 'failure',
  actorId: null,
  subjectId: null,
  sessionHash: null,
  ipAddress: null,
  userAgent: null,
  reason: null,
  ...fields,
});

export const listAll = (stores: Stores, filter: AuditFilter = {}): Promise<AuditEntry[]> =>
  stores.auditEntries.list(filter, ALL, null);

/** What every `AuditEntryStore` does. */
export function auditEntryStoreContract(createFresh: () => Backend): void {
  async function open(): Promise<{ clock: ManualClock; stores: Stores }> {
    const clock = new ManualClock();
    return { clock, stores: await createFresh().open({ clock }) };
  }

  test('keeps an entry as it was given, at the time of the store, under an id that nobody else has', async () => {
    const { clock, stores } = await open();
    expect(await listAll(stores)).toEqual([]);
    const entry = newEntry({
      ...{ actorId: createUserId(), subjectId: createUserId(), sessionHash: hashSessionId(createSessionId()) },
      ...{ ipAddress: '203.0.113.7', userAgent: '$subjectId 🦊', reason: '$$NOW' },
    });
    await stores.auditEntries.create(entry);
    const at = clock.now();
    clock.advance(1);
    await stores.auditEntries.create(entry);
    const [second, first] = await listAll(stores);
    expect(first).toEqual({ ...entry, id: expect.stringMatching(/^[\w-]{22}$/), at });
    expect(second).toEqual({ ...entry, id: expect.stringMatching(/^[\w-]{22}$/), at: clock.now() });
    expect(second?.id).not.toBe(first?.id);
  });

  test('a restart and another node read what was acknowledged', async () => {
    const backend = createFresh();
    const [writer, reader] = [await backend.open(), await backend.open()];
    for (let count = 1; count <= 5; count += 1) {
      await writer.auditEntries.create(newEntry());
      expect(await listAll(reader)).toHaveLength(count);
    }
    await writer.close();
    expect(await listAll(await backend.open())).toHaveLength(5);
  });

  describe('pages', () => {
    /** Reads on in pages of this size, and does this between two of them. */
    async function readInPages(stores: Stores, size: number, between: () => Promise<void>): Promise<AuditEntry[]> {
      const seen: AuditEntry[] = [];
      let after: AuditCursor | null = null;
      for (;;) {
        const page: AuditEntry[] = await stores.auditEntries.list({}, size, after);
        seen.push(...page);
        if (page.length < size) return seen;
        after = given(page.at(-1));
        await between();
      }
    }

    test.each([1, 2, 3, 7])('of %i give each entry once, newest first, also those of one millisecond', async (size) => {
      const { clock, stores } = await open();
      for (let count = 0; count < 12; count += 1) {
        if (count % 4 === 0) clock.advance(1);
        await stores.auditEntries.create(newEntry({ reason: String(count) }));
      }
      const all = await listAll(stores);
      const inOrder = all.toSorted(
        (left, right) => right.at.getTime() - left.at.getTime() || (left.id < right.id ? 1 : -1),
      );
      expect(all).toEqual(inOrder);
      expect(new Set(all.map(({ reason }) => reason)).size).toBe(12);
      expect(await readInPages(stores, size, async () => undefined)).toEqual(all);
    });

    test('stay where they are while entries are added', async () => {
      const { clock, stores } = await open();
      for (let count = 0; count < 9; count += 1) await stores.auditEntries.create(newEntry());
      clock.advance(1);
      const before = await listAll(stores);
      const read = await readInPages(stores, 2, () => stores.auditEntries.create(newEntry()));
      expect(read).toEqual(before);
      expect((await listAll(stores)).length).toBeGreaterThan(before.length);
    });

    test('of none are empty', async () => {
      const { stores } = await open();
      await stores.auditEntries.create(newEntry());
      expect(await stores.auditEntries.list({}, 0, null)).toEqual([]);
    });
  });

  test('each part of a filter narrows the list; moments are exclusive', async () => {
    const { clock, stores } = await open();
    const [ann, bob] = [createUserId(), createUserId()];
    const start = clock.now();
    const written: NewAuditEntry[] = [
      newEntry({ reason: 'a', actorId: ann, subjectId: bob, action: 'user-banned' }),
      newEntry({ reason: 'b', actorId: ann, subjectId: ann, ipAddress: '203.0.113.7' }),
      newEntry({ reason: 'c', actorId: bob, subjectId: bob, action: 'sign-out', ipAddress: '203.0.113.7' }),
      newEntry({ reason: 'd', action: 'user-banned', subjectId: bob, ipAddress: '203.0.113.70' }),
    ];
    for (const entry of written) {
      clock.advance(MINUTE);
      await stores.auditEntries.create(entry);
    }
    const reasons = async (filter: AuditFilter): Promise<string> =>
      (await listAll(stores, filter)).map(({ reason }) => reason).join('');
    const minute = (count: number): Date => later(start, count * MINUTE);

    expect(await reasons({})).toBe('dcba');
    expect(await reasons({ actions: ['user-banned'] })).toBe('da');
    expect(await reasons({ actions: ['sign-in', 'sign-out'] })).toBe('cb');
    expect(await reasons({ actions: [] })).toBe('');
    expect(await reasons({ actions: ['no-such-action'] })).toBe('');
    expect(await reasons({ actorId: ann })).toBe('ba');
    expect(await reasons({ subjectId: bob })).toBe('dca');
    expect(await reasons({ ipAddress: '203.0.113.7' })).toBe('cb');
    expect(await reasons({ after: minute(1) })).toBe('dcb');
    expect(await reasons({ before: minute(3) })).toBe('ba');
    expect(await reasons({ after: minute(1), before: minute(4) })).toBe('cb');
    expect(await reasons({ subjectId: bob, actions: ['user-banned'], before: minute(4) })).toBe('a');
    expect(await reasons({ actorId: ann, subjectId: ann, ipAddress: '203.0.113.7' })).toBe('b');
    expect(await reasons({ actorId: createUserId() })).toBe('');

    const [newest] = await listAll(stores, { subjectId: bob });
    const behind = await stores.auditEntries.list({ subjectId: bob }, ALL, given(newest));
    expect(behind.map(({ reason }) => reason)).toEqual(['c', 'a']);
  });

  test('entries of an account that is gone stay as they are', async () => {
    const { clock, stores } = await open();
    const user = await addUser(stores);
    await stores.users.recordSignIn(user.id);
    const before = await listAll(stores);
    clock.advance(1);
    await stores.users.delete(user.id, { sparing: null }, MINUTE);
    const [last, ...others] = await listAll(stores);
    expect(others).toEqual(before);
    expect(last).toMatchObject({ action: 'user-deleted', subjectId: user.id });
  });

  test('of changes by several nodes at once, each has its entry, once', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const user = await addUser(nodes[0]);
    const by = (count: number): AuditNote => ({
      ...{ actorId: createUserId(), sessionId: null, ipAddress: null, userAgent: String(count) },
    });
    await Promise.all(
      Array.from({ length: 40 }, (_, count) => nodes[count % 2 === 0 ? 0 : 1].users.recordSignIn(user.id, by(count))),
    );
    const entries = await listAll(nodes[0], { actions: ['sign-in'], subjectId: user.id });
    const told = entries.map(({ userAgent }) => Number(userAgent)).sort((left, right) => left - right);
    expect(told).toEqual(Array.from({ length: 40 }, (_, count) => count));
    await nodes[1].auditEntries.recover();
    expect(await listAll(nodes[0])).toHaveLength(entries.length + 1);
  });

  test('of ends of one session at once, the one that ended it has its entry', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()];
    const { session } = await addSession(nodes[0]!);
    const ended = await Promise.all(
      [...nodes, ...nodes].map((stores) => stores.sessions.end(session.id, 'signed-out', LIFETIMES)),
    );
    expect(ended.filter((each) => each !== null)).toHaveLength(1);
    expect(await listAll(nodes[0]!, { actions: ['sign-out'] })).toHaveLength(1);
  });

  test('a store that is closed: SERVICE_UNAVAILABLE', async () => {
    const { stores } = await open();
    await stores.close();
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(stores.auditEntries.create(newEntry())).rejects.toMatchObject(unavailable);
    await expect(listAll(stores)).rejects.toMatchObject(unavailable);
  });
}
