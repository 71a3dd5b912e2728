import type { AuditCursor } from '../domain/audit-entry-store.js';
import { badUserInput } from '../domain/errors.js';
import type { UserId } from '../domain/ids.js';
import type { User } from '../domain/user.js';
import type { UserCursor } from '../domain/user-store.js';

interface Position {
  readonly at: Date;
  readonly id: string;
}

const encode = ({ at, id }: Position): string => Buffer.from(`${at.getTime()}:${id}`, 'utf8').toString('base64url');

function decode(cursor: string): Position {
  const [, milliseconds, id] = /^(\d{1,15}):(.+)$/su.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (milliseconds === undefined || id === undefined) throw badUserInput('after', 'This is not a cursor of this list.');
  return { at: new Date(Number(milliseconds)), id };
}

/** Where a user stands in the list; opaque to clients. */
export const encodeCursor = ({ createdAt, id }: User): string => encode({ at: createdAt, id });

/** @throws AuthError `BAD_USER_INPUT` for what {@link encodeCursor} never gave */
export function decodeCursor(cursor: string): UserCursor {
  const { at: createdAt, id } = decode(cursor);
  return { createdAt, id: id as UserId };
}

/** Where an entry stands in the audit log; opaque to clients. */
export const encodeAuditCursor = ({ at, id }: AuditCursor): string => encode({ at, id });

/** @throws AuthError `BAD_USER_INPUT` for what {@link encodeAuditCursor} never gave */
export const decodeAuditCursor = (cursor: string): AuditCursor => decode(cursor);
