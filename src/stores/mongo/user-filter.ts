import { emailKey } from '../../domain/email.js';
import type { UserId } from '../../domain/ids.js';
import type { UserCursor, UserFilter } from '../../domain/user-store.js';
import { ADMIN } from '../../domain/user.js';
import type { Expression, NowExpression } from './expressions.js';
import type { Filter } from './statements.js';

/** The user who is meant was not deleted. Of no index, so that none but that of the id comes into question. */
export const NOT_DELETED = { passwordHash: { $exists: true } } as const;

/** Users who were not deleted. As a range, an index can answer it alone. */
const EXISTING: Filter = { createdAt: { $gt: new Date(0) } };

/** Whether a ban holds. Without a ban, `ban.until` is missing: neither `null` nor later than anything. */
const isBanned = (now: NowExpression): Expression => ({
  $or: [{ $eq: ['$ban.until', null] }, { $gt: ['$ban.until', now] }],
});

/** Administrators who are not banned, but for this one. */
export const administratorsBut = (except: UserId | null, now: NowExpression): Filter => ({
  ...(except === null ? {} : { _id: { $ne: except } }),
  roles: { $eq: ADMIN },
  $expr: { $not: [isBanned(now)] },
});

/**
 * Addresses with this part, as a pattern that says nothing but itself: a pattern, unlike an expression, is looked for in
 * the keys of an index. No address holds a NUL, which a pattern must not.
 */
const withPart = (part: string): Filter =>
  part.includes('\0')
    ? { emailKey: { $in: [] } }
    : { emailKey: { $regex: emailKey(part).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&') } };

/** A user filter, as MongoDB's. */
export function mongoUserFilter(filter: UserFilter, after: UserCursor | null, now: NowExpression): Filter {
  const { emailContains, role, banned, createdAfter, createdBefore } = filter;
  const conditions = [
    EXISTING,
    emailContains !== undefined && withPart(emailContains),
    role !== undefined && { roles: { $eq: role } },
    banned === true && { 'ban.at': { $exists: true }, $expr: isBanned(now) },
    banned === false && { $expr: { $not: [isBanned(now)] } },
    createdAfter && { createdAt: { $gt: createdAfter } },
    createdBefore && { createdAt: { $lt: createdBefore } },
    ...(after ? behind(after) : []),
  ].filter((condition) => typeof condition === 'object');
  return { $and: conditions };
}

/** The first condition bounds the scan of an index, the second leaves out those of that moment that came before. */
const behind = ({ createdAt, id }: UserCursor): Filter[] => [
  { createdAt: { $gte: createdAt } },
  { $nor: [{ createdAt: { $eq: createdAt }, _id: { $lte: id } }] },
];
