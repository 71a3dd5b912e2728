import type { SessionId } from './ids.js';
import type { Revocation } from './revocation.js';
import type { SessionStore } from './session-store.js';
import type { Stores } from './stores.js';
import type { UserChange, UserStore } from './user-store.js';

export type NoteRevocations = (revocations: readonly Revocation[]) => void;

/**
 * The same stores; whatever they revoke is noted before the caller hears of it: this node refuses the tokens from the
 * very next request on, without waiting for the feed.
 */
export function noteRevocations<Noted extends Pick<Stores, 'users' | 'sessions' | 'clock'>>(
  stores: Noted,
  note: NoteRevocations,
): Noted {
  const noteEnded = (ids: readonly SessionId[], at = stores.clock.now()): void =>
    note(ids.map((sessionId) => ({ kind: 'session-ended', sessionId, at })));
  return { ...stores, sessions: notingSessions(stores.sessions, noteEnded), users: notingUsers(stores.users, note) };
}

function notingSessions(sessions: SessionStore, note: (ids: readonly SessionId[], at?: Date) => void): SessionStore {
  return {
    ...sessions,
    async end(id, ...others) {
      const session = await sessions.end(id, ...others);
      if (session?.endedAt) note([id], session.endedAt);
      return session;
    },
    async endWhere(premise, ...others) {
      const hasEnded = await sessions.endWhere(premise, ...others);
      if (hasEnded) note([premise.id]);
      return hasEnded;
    },
    async endBelow(...given) {
      const ids = await sessions.endBelow(...given);
      note(ids);
      return ids;
    },
    async endListed(...given) {
      const ids = await sessions.endListed(...given);
      note(ids);
      return ids;
    },
  };
}

function notingUsers(users: UserStore, note: NoteRevocations): UserStore {
  const noted = async (changing: Promise<UserChange>): Promise<UserChange> => {
    const change = await changing;
    if (change.kind === 'changed') {
      const { id: userId, ver, floor, verChangedAt: at } = change.user;
      note([{ kind: 'user-changed', userId, ver, floor, at }]);
    }
    return change;
  };
  return {
    ...users,
    ban: (...given) => noted(users.ban(...given)),
    unban: (...given) => noted(users.unban(...given)),
    grantRole: (...given) => noted(users.grantRole(...given)),
    withdrawRole: (...given) => noted(users.withdrawRole(...given)),
    raiseFloor: (...given) => noted(users.raiseFloor(...given)),
  };
}
