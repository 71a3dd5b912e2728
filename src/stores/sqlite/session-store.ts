import { NOBODY, type AuditNote } from '../../domain/audit-entry.js';
import type { NewSession, Premise, SessionLifetimes, SessionStore } from '../../domain/session-store.js';
import type { SessionId } from '../../domain/ids.js';
import type { EndReason, Session } from '../../domain/session.js';
import { isOpen } from '../../domain/session.js';
import { entryOf, entryOfEnd, isByOwner, isFinding } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import type { AddAuditEntry } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';
import { advanced, ended, meets, meetsForAnswer, presented, reauthenticated } from './session-change.js';
import { OPEN, createSessionTable } from './session-table.js';
import { findWithOwner } from './session-with-owner.js';

/** Sessions in SQLite. What a method judges by and what it writes happen in one immediate transaction. */
export function createSessionStore(client: SqliteClient, addEntry: AddAuditEntry): Eventual<SessionStore> {
  const table = createSessionTable(client);
  const findOpen = (premise: Premise, now: Date): Session | null => {
    const session = table.find(premise.id);
    return session !== null && isOpen(session, now) && meets(session, premise) ? session : null;
  };

  /** What time ended before is not told of as if somebody had ended it. */
  function tellEnd(session: Session, reason: EndReason, by: AuditNote, now: Date): void {
    const { id, userId } = session;
    const entry = isFinding(reason) || isOpen(session, now) ? entryOfEnd(reason, id, by) : null;
    if (entry === null) return;
    addEntry(now, { ...entry, subjectId: userId, actorId: isByOwner(entry) ? userId : entry.actorId });
  }

  return {
    create: (session, lifetimes) =>
      client.write((now) => {
        const added = newSession(session, lifetimes, now);
        table.insert(added, lifetimes.retentionMs);
        return { session: added, now };
      }),

    present: (presentation, lifetimes) =>
      client.write((now) => {
        const found = findWithOwner(client, presentation.sessionId);
        if (found === null) return null;
        const after = presented(found.session, presentation, lifetimes, now);
        if (after !== found.session) table.advance(after, lifetimes.retentionMs);
        return { session: after, now, owner: { user: found.user, now } };
      }),

    markAnswered: (premise, arrivedAt) =>
      client.write((now) => {
        const session = table.find(premise.id);
        if (session === null || !isOpen(session, now) || !meetsForAnswer(session, premise, arrivedAt)) return null;
        const parameters = { id: premise.id, now: now.getTime() };
        client.change('UPDATE sessions SET answered_at = :now WHERE id = :id', parameters);
        return { session: { ...session, answeredAt: now }, now };
      }),

    displace: (premise, successor, lifetimes) =>
      client.write((now) => {
        const session = findOpen(premise, now);
        if (session === null) return null;
        const after = advanced(session, successor, lifetimes, now);
        table.advance(after, lifetimes.retentionMs);
        return { session: after, now };
      }),

    reauthenticate: (reauthentication, lifetimes, by = NOBODY) =>
      client.write((now) => {
        const before = table.find(reauthentication.sessionId);
        if (before?.userId !== reauthentication.user.id) return null;
        const after = reauthenticated(before, reauthentication, lifetimes, now);
        if (after === before) return { session: after, now };
        table.update(after, lifetimes.retentionMs);
        const about = { ...by, sessionId: after.id };
        addEntry(now, entryOf('reauthentication', about, { subjectId: after.userId }));
        return { session: after, now };
      }),

    endWhere: (premise, reason, { retentionMs }, by = NOBODY) =>
      client.write((now) => {
        const session = table.find(premise.id);
        if (session?.endedAt !== null || !meets(session, premise)) return false;
        table.update(ended(session, reason, now), retentionMs);
        tellEnd(session, reason, by, now);
        return true;
      }),

    end: (id, reason, { retentionMs }, by = NOBODY) =>
      client.write((now) => {
        const session = table.find(id);
        if (session?.endedAt !== null) return null;
        const after = ended(session, reason, now);
        table.update(after, retentionMs);
        tellEnd(session, reason, by, now);
        return after;
      }),

    endBelow: (userId, floor, reason, { retentionMs }) =>
      client.write((now) => {
        const where = `WHERE user_id = :user_id AND ver < :floor AND ${OPEN}`;
        const open = table.list(where, { user_id: userId, floor, now: now.getTime() });
        return table.end(open, reason, retentionMs, now);
      }),

    endListed: (userId, ids, reason, { retentionMs }, by = NOBODY) =>
      client.write((now) => {
        const where = `WHERE user_id = :user_id AND id IN (SELECT value FROM json_each(:ids)) AND ${OPEN}`;
        const open = table.list(where, { user_id: userId, ids: JSON.stringify(ids), now: now.getTime() });
        for (const session of open) tellEnd(session, reason, by, now);
        return table.end(open, reason, retentionMs, now);
      }),

    confirm: (confirmations) =>
      client.write((now) => {
        for (const { sessionId, generation } of confirmations) {
          client.change(
            `UPDATE sessions SET confirmed_generation = :generation
              WHERE id = :id AND confirmed_generation < :generation AND ${OPEN}`,
            { id: sessionId, generation, now: now.getTime() },
          );
        }
      }),

    findById: (id) => table.find(id),
    listOpenByUser: (userIds) =>
      table.list(
        `WHERE user_id IN (SELECT value FROM json_each(:user_ids)) AND ${OPEN} ORDER BY last_seen_at DESC, id`,
        { user_ids: JSON.stringify(userIds), now: client.now().getTime() },
      ),
    listSurplus: (userId, kept) =>
      client
        .all(
          `SELECT id FROM sessions WHERE user_id = :user_id AND ${OPEN} ORDER BY last_seen_at DESC, id LIMIT -1 OFFSET :kept`,
          { user_id: userId, kept, now: client.now().getTime() },
        )
        .map(({ id }) => id as SessionId),
  };
}

const newSession = (session: NewSession, lifetimes: SessionLifetimes, now: Date): Session => ({
  id: session.id,
  userId: session.userId,
  ver: session.ver,
  generation: 0,
  hash: session.hash,
  previousHash: null,
  nonce: session.nonce,
  answeredAt: now,
  confirmedGeneration: 0,
  cut: 0,
  createdAt: now,
  authenticatedAt: now,
  lastSeenAt: now,
  idleExpiresAt: new Date(now.getTime() + lifetimes.idleTtlMs),
  expiresAt: new Date(now.getTime() + lifetimes.ttlMs),
  transport: session.transport,
  deviceName: session.deviceName,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  signInEmail: session.signInEmail,
  endedAt: null,
  endReason: null,
});
