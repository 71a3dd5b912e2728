import type { NewUser, UserStore } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import type { Eventual } from '../guarded.js';
import { isDuplicateKey } from './errors.js';
import { changed } from './expressions.js';
import type { Models, UserDocument } from './models.js';
import type { Filter } from './statements.js';
import { PIPELINE, filterFor, insertOne } from './statements.js';
import type { StoreTime } from './time.js';
import { changeUser, hasAdministrator } from './user-change.js';
import { newUserFields, userOf } from './user-document.js';
import { mongoUserFilter } from './user-filter.js';

type Users = Models['users'];

/** Users in MongoDB. */
export function createUserStore(users: Users, time: StoreTime): Eventual<UserStore> {
  const find = async (filter: Filter): Promise<User | null> => {
    const document = await users.findOne(filterFor<UserDocument>(filter)).lean<UserDocument>();
    return document && userOf(document);
  };

  return {
    create: (user) => createUser(users, time, user),
    findById: (id) => find({ _id: { $eq: id } }),
    findByEmailKey: (key) => find({ emailKey: { $eq: key } }),
    async listById(ids) {
      const documents = await users.find({ _id: { $in: [...ids] } }).lean<UserDocument[]>();
      return documents.map(userOf);
    },
    list: (filter, limit, after) => listUsers(users, mongoUserFilter(filter, after, time.expression()), limit),
    count: (filter) => users.countDocuments(filterFor<UserDocument>(mongoUserFilter(filter, null, time.expression()))),
    hasAdministrator: () => hasAdministrator(users, time, null),

    async recordSignIn(id) {
      await users.updateOne({ _id: { $eq: id } }, [{ $set: { lastSignInAt: time.expression() } }], PIPELINE);
    },
    async replacePasswordHash(id, from, to) {
      await users.updateOne({ _id: { $eq: id }, passwordHash: { $eq: from } }, { $set: { passwordHash: to } });
    },

    ban: (id, ban, guard) => changeUser(users, time, id, { kind: 'ban', ban, guard }),
    unban: (id, guard) => changeUser(users, time, id, { kind: 'unban', guard }),
    grantRole: (id, role) => changeUser(users, time, id, { kind: 'grant-role', role }),
    withdrawRole: (id, role) => changeUser(users, time, id, { kind: 'withdraw-role', role }),
    raiseFloor: (id, guard) => changeUser(users, time, id, { kind: 'raise-floor', guard }),
  };
}

async function createUser(users: Users, time: StoreTime, user: NewUser): Promise<User | null> {
  const now = time.expression();
  try {
    return userOf((await insertOne(users, user.id, changed(newUserFields(user, now), now), now)).document);
  } catch (error) {
    if (isDuplicateKey(error, 'emailKey')) return null;
    throw error;
  }
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
