import type { UserChange, UserGuard } from '../domain/user-store.js';
import type { SecretHash } from '../domain/ids.js';
import type { Ban, Role, User } from '../domain/user.js';
import { ADMIN, holdsMailToken } from '../domain/user.js';

/** A guarded change of a user, as data: each adapter carries it out in its own language. */
export type UserAct =
  | { readonly kind: 'ban'; readonly ban: Omit<Ban, 'at'>; readonly guard: UserGuard }
  | { readonly kind: 'unban'; readonly guard: UserGuard }
  | { readonly kind: 'grant-role'; readonly role: Role }
  | { readonly kind: 'withdraw-role'; readonly role: Role }
  | { readonly kind: 'raise-floor'; readonly guard: UserGuard }
  | { readonly kind: 'change-password'; readonly premise: Pick<User, 'passwordHash' | 'floor'>; readonly to: string }
  | { readonly kind: 'reset-password'; readonly hash: SecretHash; readonly to: string }
  | { readonly kind: 'delete'; readonly guard: UserGuard; readonly retentionMs: number };

/** The answer to an act that changes nothing, as far as this row alone tells; `null` where it may go ahead. */
export function judgeAct(user: User | null, act: UserAct, now: Date): UserChange | null {
  if (user === null) return { kind: 'not-found' };
  if ('guard' in act && act.guard.sparing !== null && user.roles.includes(act.guard.sparing)) return { kind: 'spared' };
  return isIdle(user, act, now) ? { kind: 'unchanged', user } : null;
}

/** Whether it is so already, or the premise of the act is not. */
function isIdle(user: User, act: UserAct, now: Date): boolean {
  switch (act.kind) {
    case 'unban':
      return user.ban === null;
    case 'grant-role':
      return user.roles.includes(act.role);
    case 'withdraw-role':
      return !user.roles.includes(act.role);
    case 'change-password':
      return user.passwordHash !== act.premise.passwordHash || user.floor !== act.premise.floor;
    case 'reset-password':
      return !holdsMailToken(user, { purpose: 'password-reset', hash: act.hash }, now);
    case 'ban':
    case 'raise-floor':
    case 'delete':
      return false;
  }
}

/**
 * Whether the act, done to this user, needs another administrator who is not banned. It does not matter whether the
 * user is banned already: a ban may end between this judgement and the write.
 */
export function needsAnotherAdministrator(user: User, act: UserAct, now: Date): boolean {
  if (!user.roles.includes(ADMIN)) return false;
  if (act.kind === 'delete') return true;
  if (act.kind === 'withdraw-role') return act.role === ADMIN;
  return act.kind === 'ban' && (act.ban.until === null || act.ban.until.getTime() > now.getTime());
}
