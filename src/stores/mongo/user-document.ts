import type { UserId } from '../../domain/ids.js';
import type { NewUser } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, literal, raisedVer } from './expressions.js';
import type { UserDocument } from './models.js';

/** The user that the document holds; `null` where there is none, or one who was deleted. */
export const existingUser = (document: UserDocument | null): User | null =>
  document === null || isDeleted(document) ? null : userOf(document);

const isDeleted = ({ _id, emailKey }: UserDocument): boolean => emailKey === deletedKey(_id as UserId);

/** The user that a document holds, which is of one who exists. */
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
  mailTokens: (document.mailTokens ?? []).map(({ purpose, hash, expiresAt }) => ({ purpose, hash, expiresAt })),
});

/** The fields of a new user. */
export const newUserFields = (user: NewUser, now: NowExpression): Readonly<Record<string, Expression>> => ({
  email: literal(user.email),
  emailKey: literal(user.emailKey),
  emailVerified: literal(user.emailVerified),
  passwordHash: literal(user.passwordHash),
  roles: literal(user.roles),
  ver: { $toLong: now },
  floor: literal(0),
  verChangedAt: now,
  ban: literal(null),
  createdAt: now,
  lastSignInAt: literal(null),
  mailTokens: literal([]),
});

/** Unique, as the key of an address is, and none that anybody could sign up with: those hold no space. */
export const deletedKey = (id: UserId): string => `deleted ${id}`;

/** In the place of a user who is deleted: nothing of the person, not even in fields that this version does not know. */
export const deletedUser = (id: UserId, retentionMs: number, now: NowExpression): Expression => ({
  _id: '$_id',
  emailKey: literal(deletedKey(id)),
  roles: literal([]),
  ver: raisedVer(now),
  floor: raisedVer(now),
  verChangedAt: now,
  purgeAt: after(now, retentionMs),
  outbox: '$outbox',
  writtenAt: now,
});

/** The fields of a new user in the place of one who was deleted: whose sessions and tokens stay void. */
export const recreatedUserFields = (user: NewUser, now: NowExpression): Readonly<Record<string, Expression>> => ({
  ...newUserFields(user, now),
  ver: raisedVer(now),
  floor: '$floor',
  purgeAt: literal(null),
  heldPurgeAt: literal(null),
});
