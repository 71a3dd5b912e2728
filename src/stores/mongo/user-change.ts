import type { AuditNote } from '../../domain/audit-entry.js';
import { AuthError } from '../../domain/errors.js';
import type { UserId } from '../../domain/ids.js';
import type { UserChange } from '../../domain/user-store.js';
import type { Ban, User } from '../../domain/user.js';
import { ADMIN } from '../../domain/user.js';
import { entryOfAct } from '../audit-changes.js';
import type { UserAct } from '../user-act.js';
import { judgeAct, needsAnotherAdministrator } from '../user-act.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import type { Expression, NowExpression } from './expressions.js';
import { changed, literal, raisedVer } from './expressions.js';
import type { Models, UserDocument } from './models.js';
import type { Filter, Told } from './statements.js';
import { filterFor, replaceOne } from './statements.js';
import type { AuditedWriting, StoreTime } from './time.js';
import { deletedUser, existingUser, userOf } from './user-document.js';
import { NOT_DELETED, administratorsBut } from './user-filter.js';
import { mailTokensBut } from './user-mail-token.js';

type Users = Models['users'];

/** Each miss means that another change of the same user came first; so many in a row is a fault, not a race. */
const MAX_ATTEMPTS = 100;

/** Where a change and its entry in the audit log are written, and who makes it. */
export interface UserWriting extends AuditedWriting {
  readonly users: Users;
  readonly by: AuditNote;
}

/** Whether an administrator exists who is not banned, other than `except`. */
export const hasAdministrator = async (users: Users, time: StoreTime, except: UserId | null): Promise<boolean> =>
  (await users.exists(filterFor<UserDocument>(administratorsBut(except, time.expression())))) !== null;

/**
 * Carries out a guarded change: reads, judges, and acts where `ver` is still the one judged by. Every change of roles
 * or ban raises `ver`, so that the guards hold in the very statement that acts.
 */
export async function changeUser(writing: UserWriting, id: UserId, act: UserAct): Promise<UserChange> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const change = await tryToChange(writing, id, act);
    if (change !== null) return change;
  }
  throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error(`User ${id} keeps changing.`) });
}

async function tryToChange(writing: UserWriting, id: UserId, act: UserAct): Promise<UserChange | null> {
  const { users, time } = writing;
  const document = await users.findOne({ _id: { $eq: id } }).lean<UserDocument>();
  const before = existingUser(document);
  const refusal = judgeAct(before, act, time.clock.now());
  if (before === null || refusal !== null) return refusal ?? { kind: 'not-found' };

  const isGuarded = needsAnotherAdministrator(before, act, time.clock.now());
  // What is erased cannot be undone: not between another's demotion of this user and the look that may undo it either.
  // Once the demotion is written, no other administrator can leave unseen: whoever is there now stays.
  const mayBeRestored = act.kind === 'delete' && document?.wasAdministrator === true;
  const needsAnother = isGuarded || mayBeRestored;
  if (needsAnother && !(await hasAdministrator(users, time, id))) return { kind: 'last-administrator' };
  if (act.kind === 'delete') return isGuarded ? demoteFirst(writing, id) : deleteUser(writing, before, act);
  const now = time.expression();
  const written = await write(writing, asJudged(before), { act, now, after: changed(fieldsAfter(act, now), now) });
  if (written === null) return null;

  const after = userOf(written.document);
  if (isGuarded && !(await hasAdministrator(users, time, null))) {
    await undo(writing, before, after);
    return { kind: 'last-administrator' };
  }
  return { kind: 'changed', user: after };
}

/** What is erased cannot be undone, as the change of an administrator may have to be: the role goes before the user. */
async function demoteFirst(writing: UserWriting, id: UserId): Promise<UserChange | null> {
  const change = await changeUser(writing, id, { kind: 'withdraw-role', role: ADMIN });
  return change.kind === 'last-administrator' ? change : null;
}

async function deleteUser(
  writing: UserWriting,
  before: User,
  act: Extract<UserAct, { kind: 'delete' }>,
): Promise<UserChange | null> {
  const now = writing.time.expression();
  const after = deletedUser(before.id, act.retentionMs, now);
  const written = await write(writing, asJudged(before), { act, now, after });
  if (written === null) return null;
  const { ver, floor, verChangedAt } = written.document;
  return { kind: 'changed', user: { ...before, ver, floor, verChangedAt } };
}

/** Writes the user as the act leaves them, with its entry, where the filter meets them. */
function write(
  { users, outbox, by }: UserWriting,
  filter: Filter & { readonly _id: { readonly $eq: UserId } },
  { act, now, after }: { readonly act: UserAct; readonly now: NowExpression; readonly after: Expression },
): Promise<Told<UserDocument> | null> {
  const entry = outboxEntry(entryOfAct(act, filter._id.$eq, by), now);
  return outbox.settled(users, () => replaceOne(users, filter, withOutbox(after, [entry]), { now }));
}

const asJudged = ({ id, ver }: Pick<User, 'id' | 'ver'>) => ({ _id: { $eq: id }, ver: { $eq: ver } });

function fieldsAfter(
  act: Exclude<UserAct, { kind: 'delete' }>,
  now: NowExpression,
): Readonly<Record<string, Expression>> {
  const ver = raisedVer(now);
  const raised = { ver, verChangedAt: now };
  switch (act.kind) {
    case 'ban':
      return { ...raised, floor: ver, ban: { $mergeObjects: [literal(act.ban), { at: now }] } };
    case 'unban':
      return { ...raised, ban: literal(null) };
    case 'grant-role':
      return {
        ...raised,
        roles: { $concatArrays: ['$roles', literal([act.role])] },
        ...(act.role === ADMIN && { wasAdministrator: literal(false) }),
      };
    case 'withdraw-role':
      return {
        ...raised,
        roles: { $filter: { input: '$roles', cond: { $ne: ['$$this', literal(act.role)] } } },
        ...(act.role === ADMIN && { wasAdministrator: literal(true) }),
      };
    case 'change-password':
      return { ...raised, ...withPassword(act.to), floor: ver };
    case 'reset-password':
      return { ...raised, ...withPassword(act.to), floor: ver, emailVerified: literal(true) };
    case 'raise-floor':
      return { ...raised, floor: ver };
  }
}

const withPassword = (passwordHash: string): Readonly<Record<string, Expression>> => ({
  passwordHash: literal(passwordHash),
  mailTokens: mailTokensBut('password-reset'),
});

/**
 * Makes an administrator of the user again. A transaction would spare us this, but a standalone MongoDB has none.
 *
 * Why at most one of two survives who ban or demote each other at once: each looks again after a majority has its own
 * write, and one of the two writes came later. Whoever made that one sees both, hence no administrator, and undoes it
 * (unless the other was undone by then, which does no harm). A crash just between write and undo can leave none:
 * then the next start gives out a set-up code, as it does for every store without an administrator. The audit log has
 * both: for a moment it held.
 */
async function undo(writing: UserWriting, before: User, after: User): Promise<void> {
  const now = writing.time.expression();
  const id = { $eq: before.id };
  const raised = { ver: raisedVer(now), verChangedAt: now };
  if (after.ban === null || after.ban.at.getTime() === before.ban?.at.getTime()) {
    const roles = { $setUnion: ['$roles', literal([ADMIN])] };
    const act = { kind: 'grant-role', role: ADMIN } as const;
    const fields = { ...raised, roles, wasAdministrator: literal(false) };
    await write(writing, { _id: id, ...NOT_DELETED }, { act, now, after: changed(fields, now) });
    return;
  }
  // Another ban that came since, or a floor that another change raised, is not ours to undo.
  const ours = { _id: id, 'ban.at': { $eq: after.ban.at }, 'ban.by': { $eq: after.ban.by } };
  const floor = { $cond: [{ $eq: ['$ver', literal(after.ver)] }, literal(before.floor), '$floor'] };
  const act = before.ban === null ? ({ kind: 'unban', guard: { sparing: null } } as const) : banAgain(before.ban);
  await write(writing, ours, { act, now, after: changed({ ...raised, floor, ban: literal(before.ban) }, now) });
}

const banAgain = (ban: Ban): UserAct => ({ kind: 'ban', ban, guard: { sparing: null } });
