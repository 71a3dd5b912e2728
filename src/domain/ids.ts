import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names a user: 128 random bits, base64url; or whatever the application's own user store calls its users. */
export type UserId = Branded<'UserId'>;
/** Names a session: 128 random bits, base64url (22 characters). Not a secret. */
export type SessionId = Branded<'SessionId'>;
/** SHA-256 of a secret, base64url. What the store holds in the secret's place. */
export type SecretHash = Branded<'SecretHash'>;

/**
 * A fresh id that nobody can guess or collide with: 128 random bits, but for the 64th of them that would begin with a
 * hyphen, as which command lines take an option.
 */
export const createUserId = (): UserId => drawId() as UserId;
/** @see createUserId */
export const createSessionId = (): SessionId => drawId() as SessionId;
/** A fresh name of an entry of the audit log, which tells nothing. @see createUserId */
export const createAuditEntryId = (): string => drawId();

function drawId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? drawId() : id;
}
