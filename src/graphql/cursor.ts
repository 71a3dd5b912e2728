import { badUserInput } from '../domain/errors.js';
import type { UserId } from '../domain/ids.js';
import type { User } from '../domain/user.js';
import type { UserCursor } from '../domain/user-store.js';

/** Where a user stands in the list; opaque to clients. */
export const encodeCursor = ({ createdAt, id }: User): string =>
  Buffer.from(`${createdAt.getTime()}:${id}`, 'utf8').toString('base64url');

/** @throws AuthError `BAD_USER_INPUT` for what {@link encodeCursor} never gave */
export function decodeCursor(cursor: string): UserCursor {
  const [, milliseconds, id] = /^(\d{1,15}):(.+)$/su.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (milliseconds === undefined || id === undefined) throw badUserInput('after', 'This is not a cursor of this list.');
  return { createdAt: new Date(Number(milliseconds)), id: id as UserId };
}
