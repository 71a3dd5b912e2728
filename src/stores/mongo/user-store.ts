import { setImmediate } from 'node:timers';
import DataLoader from 'dataloader';
import { NOBODY } from '../../domain/audit-entry.js';
import type { UserId } from '../../domain/ids.js';
import type { NewUser, UserChange, UserStore } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import { entriesOfNewUser, entryOf } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import type { UserAct } from '../user-act.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import { isDuplicateKey } from './errors.js';
import { changed, type Expression, type NowExpression } from './expressions.js';
import type { Models, UserDocument } from './models.js';
import type { Filter } from './statements.js';
import { filterFor, findDocuments, insertOne, replaceOne } from './statements.js';
import type { AuditedWriting } from './time.js';
import { changeUser, hasAdministrator, type UserWriting } from './user-change.js';
import { deletedKey, existingUser, newUserFields, recreatedUserFields, userOf } from './user-document.js';
import { NOT_DELETED, mongoUserFilter } from './user-filter.js';
import { importUsers, listHashKinds } from './user-import.js';
import { addMailToken, verifyEmail } from './user-mail-token.js';

type Users = Models['users'];

/** Users in MongoDB. */
export function createUserStore(
  { users, hashKinds }: Pick<Models, 'users' | 'hashKinds'>,
  audited: AuditedWriting,
): Eventual<UserStore> {
  const { time, outbox } = audited;
  const writing = (by = NOBODY): UserWriting => ({ ...audited, users, by });
  const change = (id: UserId, act: UserAct, by = NOBODY): Promise<UserChange> => changeUser(writing(by), id, act);
  async function listById(ids: readonly UserId[]): Promise<User[]> {
    const documents = await findDocuments(users, { _id: { $in: [...ids] } });
    return documents.map(existingUser).filter((user) => user !== null);
  }
  const byId = readTogether(listById);

  return {
    create: (user, by) => createUser(writing(by), user),
    importMany: (imported) => importUsers({ ...writing(), hashKinds }, imported),
    listHashKinds: () => listHashKinds(hashKinds),
    findById: (id) => byId.load(id),
    async findByEmailKey(key) {
      const [document = null] = await findDocuments(users, { emailKey: { $eq: key } });
      return existingUser(document);
    },
    listById,
    list: (filter, limit, after) => listUsers(users, mongoUserFilter(filter, after, time.expression()), limit),
    count: (filter) => users.countDocuments(filterFor<UserDocument>(mongoUserFilter(filter, null, time.expression()))),
    hasAdministrator: () => hasAdministrator(users, time, null),

    async recordSignIn(id, by = NOBODY) {
      const now = time.expression();
      const signedIn = changed({ lastSignInAt: now }, now);
      const entries = [outboxEntry(entryOf('sign-in', by, { subjectId: id }), now)];
      const filter = { _id: { $eq: id }, ...NOT_DELETED };
      await outbox.settled(users, () => replaceOne(users, filter, withOutbox(signedIn, entries), { now }));
    },
    async replacePasswordHash(id, from, to) {
      await users.updateOne({ _id: { $eq: id }, passwordHash: { $eq: from } }, { $set: { passwordHash: to } });
    },

    addMailToken: (id, token, ttlMs, by) => addMailToken(writing(by), id, { ...token, ttlMs }),
    verifyEmail: (id, hash, by) => verifyEmail(writing(by), id, hash),
    changePassword: (id, premise, to, by) => change(id, { kind: 'change-password', premise, to }, by),
    resetPassword: (id, hash, to, by) => change(id, { kind: 'reset-password', hash, to }, by),

    ban: (id, ban, guard, by) => change(id, { kind: 'ban', ban, guard }, by),
    unban: (id, guard, by) => change(id, { kind: 'unban', guard }, by),
    grantRole: (id, role, by) => change(id, { kind: 'grant-role', role }, by),
    withdrawRole: (id, role, by) => change(id, { kind: 'withdraw-role', role }, by),
    raiseFloor: (id, guard, by) => change(id, { kind: 'raise-floor', guard }, by),
    delete: (id, guard, retentionMs, by) => change(id, { kind: 'delete', guard, retentionMs }, by),
  };
}

/** Those that are looked for in one turn of the event loop are one read; nothing is kept of it. */
const readTogether = (listById: UserStore['listById']): DataLoader<UserId, User | null> =>
  new DataLoader(
    async (ids) => {
      const found = new Map((await listById(ids)).map((user) => [user.id, user]));
      return ids.map((id) => found.get(id) ?? null);
    },
    { cache: false, batchScheduleFn: (read) => void setImmediate(read) },
  );

async function createUser(writing: UserWriting, user: NewUser): Promise<User | null> {
  const { users, outbox } = writing;
  const now = writing.time.expression();
  const created = withEntries(writing, user, changed(newUserFields(user, now), now), now);
  try {
    return userOf((await outbox.settled(users, () => insertOne(users, user.id, created, now))).document);
  } catch (error) {
    if (isDuplicateKey(error, 'emailKey')) return null;
    const recreated = isDuplicateKey(error, '_id') ? await recreateUser(writing, user) : null;
    if (recreated === null) throw error;
    return recreated;
  }
}

/** In the place of a user of this id who was deleted a short while ago; `null` where nobody was. */
async function recreateUser(writing: UserWriting, user: NewUser): Promise<User | null> {
  const { users, outbox } = writing;
  const now = writing.time.expression();
  const filter = { _id: { $eq: user.id }, emailKey: { $eq: deletedKey(user.id) } };
  const recreated = withEntries(writing, user, changed(recreatedUserFields(user, now), now), now);
  const told = await outbox.settled(users, () => replaceOne(users, filter, recreated, { now }));
  return told && userOf(told.document);
}

const withEntries = ({ by }: UserWriting, { id, roles }: NewUser, user: Expression, now: NowExpression): Expression =>
  withOutbox(
    user,
    entriesOfNewUser(id, roles, by).map((entry) => outboxEntry(entry, now)),
  );

async function listUsers(users: Users, filter: Filter, limit: number): Promise<User[]> {
  // MongoDB takes a limit of 0 for none.
  if (limit <= 0) return [];
  const documents = await users
    .find(filterFor<UserDocument>(filter))
    .sort({ createdAt: 1, _id: 1 })
    .limit(limit)
    .lean<UserDocument[]>();
  return documents.map(userOf);
}
