import { createChangedUsers } from './changed-users.js';
import { createDepartures, type Forgetful } from './departures.js';
import { createIdTable } from './id-table.js';
import type { SessionId } from './ids.js';
import type { RevocableToken, Revocation, RevocationCode } from './revocation.js';

/**
 * What a node knows of revocations, in memory: a million of them take less than 150 MB. It does not know by itself
 * whether it is up to date.
 */
export interface RevocationIndex {
  /** Takes note. What concerns no token any more at `now` is left out. In any order, again and again: the same. */
  add(revocations: readonly Revocation[], now: Date): void;
  /** Why a token is refused; `null`: nothing is known against it. `SESSION_EXPIRED` goes before `TOKEN_EXPIRED`. */
  judge(token: RevocableToken): RevocationCode | null;
  /**
   * Forgets what concerns no token any more. To be called about once a second; where very much leaves at once, it
   * takes several calls.
   */
  sweep(now: Date): void;
  readonly size: number;
}

export interface RevocationIndexOptions {
  /** For how long after its `at` a revocation concerns tokens that are out. */
  readonly retentionMs: number;
}

/** @throws TypeError where `retentionMs` is not above 0 */
export function createRevocationIndex({ retentionMs }: RevocationIndexOptions): RevocationIndex {
  if (!(retentionMs > 0 && Number.isFinite(retentionMs))) throw new TypeError('retentionMs: must be above 0');
  const sessions = createEndedSessions();
  const users = createChangedUsers();
  const sessionDepartures = createDepartures(sessions, retentionMs);
  const userDepartures = createDepartures(users, retentionMs);

  function note(revocation: Revocation, leavesAtMs: number): void {
    switch (revocation.kind) {
      case 'session-ended': {
        const { sessionId } = revocation;
        sessionDepartures.schedule(sessionId, leavesAtMs, sessions.leavesAtMs(sessionId));
        sessions.note(sessionId, leavesAtMs);
        return;
      }
      case 'user-changed': {
        const { userId } = revocation;
        userDepartures.schedule(userId, leavesAtMs, users.leavesAtMs(userId));
        users.note(revocation, leavesAtMs);
        return;
      }
    }
  }

  return {
    add(revocations, now) {
      for (const revocation of revocations) {
        const leavesAtMs = revocation.at.getTime() + retentionMs;
        if (leavesAtMs > now.getTime()) note(revocation, leavesAtMs);
      }
    },
    judge: (token) => (sessions.has(token.sessionId) ? 'SESSION_EXPIRED' : users.judge(token)),
    sweep(now) {
      sessionDepartures.sweep(now.getTime());
      userDepartures.sweep(now.getTime());
    },
    get size() {
      return sessions.size + users.size;
    },
  };
}

interface EndedSessions extends Forgetful {
  note(sessionId: SessionId, leavesAtMs: number): void;
  has(sessionId: SessionId): boolean;
  readonly size: number;
}

const LEAVES_AT_MS = 0;

function createEndedSessions(): EndedSessions {
  const table = createIdTable(1);
  return {
    note(sessionId, leavesAtMs) {
      const row = table.findOrAdd(sessionId);
      table.write(row, LEAVES_AT_MS, Math.max(leavesAtMs, table.read(row, LEAVES_AT_MS)));
    },
    has: (sessionId) => table.find(sessionId) !== null,
    leavesAtMs(sessionId) {
      const row = table.find(sessionId);
      return row === null ? undefined : table.read(row, LEAVES_AT_MS);
    },
    forget: table.remove,
    get size() {
      return table.size;
    },
  };
}
