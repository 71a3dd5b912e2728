import type { NewUser, UserStore } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import type { Eventual } from '../guarded.js';
import { isDuplicateKey } from './errors.js';
import { changed } from './expressions.js';
import type { Models, UserDocument } from './models.js';
import type { Filter } from './statements.js';
import { PIPELINE, filterFor, insertOne, replaceOne } from './statements.js';
import type { StoreTime } from './time.js';
import { changeUser, hasAdministrator } from './user-change.js';
import { deletedKey, existingUser, newUserFields, recreatedUserFields, userOf } from './user-document.js';
import { NOT_DELETED, mongoUserFilter } from './user-filter.js';
import { addMailToken, verifyEmail } from './user-mail-token.js';

type Users = Models['users'];

/** Users in MongoDB. */
export function createUserStore(users: Users, time: StoreTime): Eventual<UserStore> {
  const find = async (filter: Filter): Promise<User | null> =>
    existingUser(await users.findOne(filterFor<UserDocument>(filter)).lean<UserDocument>());

  return {
    create: (user) => createUser(users, time, user),
    findById: (id) => find({ _id: { $eq: id } }),
    findByEmailKey: (key) => find({ emailKey: { $eq: key } }),
    async listById(ids) {
      const documents = await users.find({ _id: { $in: [...ids] } }).lean<UserDocument[]>();
      return documents.map(existingUser).filter((user) => user !== null);
    },
    list: (filter, limit, after) => listUsers(users, mongoUserFilter(filter, after, time.expression()), limit),
    count: (filter) => users.countDocuments(filterFor<UserDocument>(mongoUserFilter(filter, null, time.expression()))),
    hasAdministrator: () => hasAdministrator(users, time, null),

    async recordSignIn(id) {
      await users.updateOne(
        { _id: { $eq: id }, ...NOT_DELETED },
        [{ $set: { lastSignInAt: time.expression() } }],
        PIPELINE,
      );
    },
    async replacePasswordHash(id, from, to) {
      await users.updateOne({ _id: { $eq: id }, passwordHash: { $eq: from } }, { $set: { passwordHash: to } });
    },

    addMailToken: (id, token, ttlMs) => addMailToken(users, time, id, { ...token, ttlMs }),
    verifyEmail: (id, hash) => verifyEmail(users, time, id, hash),
    changePassword: (id, premise, to) => changeUser(users, time, id, { kind: 'change-password', premise, to }),
    resetPassword: (id, hash, to) => changeUser(users, time, id, { kind: 'reset-password', hash, to }),

    ban: (id, ban, guard) => changeUser(users, time, id, { kind: 'ban', ban, guard }),
    unban: (id, guard) => changeUser(users, time, id, { kind: 'unban', guard }),
    grantRole: (id, role) => changeUser(users, time, id, { kind: 'grant-role', role }),
    withdrawRole: (id, role) => changeUser(users, time, id, { kind: 'withdraw-role', role }),
    raiseFloor: (id, guard) => changeUser(users, time, id, { kind: 'raise-floor', guard }),
    delete: (id, guard, retentionMs) => changeUser(users, time, id, { kind: 'delete', guard, retentionMs }),
  };
}

async function createUser(users: Users, time: StoreTime, user: NewUser): Promise<User | null> {
  const now = time.expression();
  try {
    return userOf((await insertOne(users, user.id, changed(newUserFields(user, now), now), now)).document);
  } catch (error) {
    if (isDuplicateKey(error, 'emailKey')) return null;
    const recreated = isDuplicateKey(error, '_id') ? await recreateUser(users, time, user) : null;
    if (recreated === null) throw error;
    return recreated;
  }
}

/** In the place of a user of this id who was deleted a short while ago; `null` where nobody was. */
async function recreateUser(users: Users, time: StoreTime, user: NewUser): Promise<User | null> {
  const now = time.expression();
  const filter = { _id: { $eq: user.id }, emailKey: { $eq: deletedKey(user.id) } };
  const told = await replaceOne(users, filter, changed(recreatedUserFields(user, now), now), { now });
  return told && userOf(told.document);
}

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
