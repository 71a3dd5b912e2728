import type { UserId } from '../../domain/ids.js';
import type { NewUser } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import type { Expression, NowExpression } from './expressions.js';
import { literal } from './expressions.js';
import type { UserDocument } from './models.js';

/** The user that a document holds. */
export const userOf = (document: UserDocument): User => ({
  id: document._id as UserId,
  email: document.email,
  emailKey: document.emailKey,
  emailVerified: document.emailVerified,
  passwordHash: document.passwordHash,
  roles: document.roles,
  ver: document.ver,
  floor: document.floor,
  verChangedAt: document.verChangedAt,
  ban: document.ban,
  createdAt: document.createdAt,
  lastSignInAt: document.lastSignInAt,
});

/** The fields of a new user. */
export const newUserFields = (user: NewUser, now: NowExpression): Readonly<Record<string, Expression>> => ({
  email: literal(user.email),
  emailKey: literal(user.emailKey),
  emailVerified: literal(false),
  passwordHash: literal(user.passwordHash),
  roles: literal(user.roles),
  ver: { $toLong: now },
  floor: literal(0),
  verChangedAt: now,
  ban: literal(null),
  createdAt: now,
  lastSignInAt: literal(null),
});
