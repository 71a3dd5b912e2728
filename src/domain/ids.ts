import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names a user: 128 random bits, base64url; or whatever the application's own user store calls its users. */
export type UserId = Branded<'UserId'>;
/** Names a session: 128 random bits, base64url (22 characters). Not a secret. */
export type SessionId = Branded<'SessionId'>;
/** SHA-256 of a secret, base64url. What the store holds in the secret's place. */
export type SecretHash = Branded<'SecretHash'>;

/** A fresh id that nobody can guess or collide with: 128 random bits. */
export const createUserId = (): UserId => randomBytes(16).toString('base64url') as UserId;
/** @see createUserId */
export const createSessionId = (): SessionId => randomBytes(16).toString('base64url') as SessionId;
/** A fresh name of an entry of the audit log: 128 random bits, which tell nothing. */
export const createAuditEntryId = (): string => randomBytes(16).toString('base64url');
