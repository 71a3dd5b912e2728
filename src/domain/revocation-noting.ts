import type { SessionId } from './ids.js';
import type { Revocation } from './revocation.js';
import type { Session } from './session.js';
import type { SessionStore } from './session-store.js';
import type { Stores } from './stores.js';
import type { User } from './user.js';
import type { UserChange, UserStore } from './user-store.js';

export type NoteRevocations = (revocations: readonly Revocation[]) => void;

/**
 * The same stores; whatever they revoke, and whatever they show to be revoked, is noted before the caller hears of it:
 * this node refuses the tokens from the very next request on, without waiting for the feed. So also where another call,
 * whose answer got lost, did it before.
 */
export function noteRevocations<Noted extends Pick<Stores, 'users' | 'sessions' | 'clock'>>(
  stores: Noted,
  note: NoteRevocations,
): Noted {
  const noteEnded = (ids: readonly SessionId[], at = stores.clock.now()): void =>
    note(ids.map((sessionId) => ({ kind: 'session-ended', sessionId, at })));
  const noteUser = ({ id: userId, ver, floor, verChangedAt: at }: User): void =>
    note([{ kind: 'user-changed', userId, ver, floor, at }]);
  return {
    ...stores,
    sessions: notingSessions(stores.sessions, noteEnded, noteUser),
    users: notingUsers(stores.users, noteUser),
  };
}

type NoteEnded = (ids: readonly SessionId[], at?: Date) => void;
type NoteUser = (user: User) => void;

function notingSessions(sessions: SessionStore, note: NoteEnded, noteUser: NoteUser): SessionStore {
  const see = (session: Session | undefined | null): void => {
    if (session?.endedAt) note([session.id], session.endedAt);
  };
  return {
    ...sessions,
    async present(...given) {
      const told = await sessions.present(...given);
      see(told?.session);
      if (told?.owner?.user) noteUser(told.owner.user);
      return told;
    },
    async reauthenticate(...given) {
      const stamped = await sessions.reauthenticate(...given);
      see(stamped?.session);
      return stamped;
    },
    async end(id, ...others) {
      const session = await sessions.end(id, ...others);
      // Ended by this call, or before: it is over either way.
      note([id], session?.endedAt ?? undefined);
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
    async endListed(userId, ids, ...others) {
      const ended = await sessions.endListed(userId, ids, ...others);
      note(ids);
      return ended;
    },
    async findById(id) {
      const session = await sessions.findById(id);
      see(session);
      return session;
    },
  };
}

function notingUsers(users: UserStore, note: NoteUser): UserStore {
  const noted = async (changing: Promise<UserChange>): Promise<UserChange> => {
    const change = await changing;
    if (change.kind === 'changed' || change.kind === 'unchanged') note(change.user);
    return change;
  };
  return {
    ...users,
    async findById(id) {
      const user = await users.findById(id);
      if (user !== null) note(user);
      return user;
    },
    ban: (...given) => noted(users.ban(...given)),
    unban: (...given) => noted(users.unban(...given)),
    grantRole: (...given) => noted(users.grantRole(...given)),
    withdrawRole: (...given) => noted(users.withdrawRole(...given)),
    raiseFloor: (...given) => noted(users.raiseFloor(...given)),
    changePassword: (...given) => noted(users.changePassword(...given)),
    resetPassword: (...given) => noted(users.resetPassword(...given)),
    delete: (...given) => noted(users.delete(...given)),
  };
}
