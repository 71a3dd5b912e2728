import { emailKey } from '../../domain/email.js';
import type { UserCursor, UserFilter } from '../../domain/user-store.js';
import type { SqlParameters } from './rows.js';

/** Condition, with `:now`, under which a ban holds. */
export const BANNED = '(ban_at IS NOT NULL AND (ban_until IS NULL OR ban_until > :now))';

/** Condition, with `:role`, under which a role is held; its first half lets the index `users_with_roles` serve. */
export const HOLDS_ROLE = `(roles <> '[]' AND EXISTS (SELECT 1 FROM json_each(users.roles) WHERE value = :role))`;

interface Where {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/** The `WHERE` of a filter, with the parameters that it names. */
export function userWhere(filter: UserFilter, after: UserCursor | null, now: Date): Where {
  const { emailContains, role, banned, createdAfter, createdBefore } = filter;
  const conditions = [
    emailContains !== undefined && 'instr(email_key, :contains) > 0',
    role !== undefined && HOLDS_ROLE,
    banned === true && BANNED,
    banned === false && `NOT ${BANNED}`,
    createdAfter && 'created_at > :created_after',
    createdBefore && 'created_at < :created_before',
    after && '(created_at, id) > (:after_created_at, :after_id)',
  ].filter((condition) => typeof condition === 'string');
  return {
    sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    parameters: {
      now: now.getTime(),
      contains: emailContains === undefined ? null : emailKey(emailContains),
      role: role ?? null,
      created_after: createdAfter?.getTime() ?? null,
      created_before: createdBefore?.getTime() ?? null,
      after_created_at: after?.createdAt.getTime() ?? null,
      after_id: after?.id ?? null,
    },
  };
}
