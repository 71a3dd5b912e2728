import * as z from 'zod';
import { parseEmail } from '../domain/email.js';
import { AuthError } from '../domain/errors.js';
import type { UserId } from '../domain/ids.js';
import { readPasswordHash } from '../domain/password-hash.js';
import type { UserImport } from '../domain/user-import.js';
import { NO_PASSWORD, UNKNOWN_PASSWORD, type Ban, type User } from '../domain/user.js';

/** What is wrong with a line; never holds what stands in it. */
export interface LineFault {
  readonly field: string | null;
  readonly message: string;
}

export type ParsedRecord =
  | { readonly kind: 'user'; readonly user: UserImport }
  | { readonly kind: 'fault'; readonly fault: LineFault };

const text = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'), 'is no Unicode text');
const id = text.min(1).max(255);
const reason = text.max(2_000).nullish();
const moment = z.iso
  .datetime({ offset: true, error: 'is no time by RFC 3339, such as 2020-01-31T12:00:00Z' })
  .transform((value) => new Date(value))
  .refine((value) => value.getTime() > 0, 'is before 1970');

const email = z.string().transform((value, context) => {
  try {
    return value === '' ? value : parseEmail(value, 'email');
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof AuthError ? error.message : String(error) });
    return z.NEVER;
  }
});

const passwordHash = z
  .string()
  .refine(
    (value) => value === NO_PASSWORD || readPasswordHash(value) !== null,
    'is none of Argon2, scrypt (as PHC strings) and bcrypt, or would cost too much to check',
  );

/** A line of an import, as `docs/import.md` describes it. */
const record = z
  .strictObject({
    id: id.optional(),
    email,
    emailVerified: z.boolean().optional(),
    passwordHash: passwordHash.nullish(),
    roles: z.array(text.regex(/^[_A-Za-z][_0-9A-Za-z]*$/, 'is no name of a role')).optional(),
    ban: z
      .strictObject({
        at: moment.optional(),
        by: id.nullish(),
        until: moment.nullish(),
        reason,
        publicReason: reason,
      })
      .nullish(),
    createdAt: moment.optional(),
    lastSignInAt: moment.nullish(),
  })
  .refine(
    (user) =>
      (user.email === '') === (user.passwordHash === NO_PASSWORD) && (user.email !== '' || user.id !== undefined),
    { path: ['email'], message: 'is empty where the application keeps the account: with an id and the passwordHash *' },
  );

/** Reads one line of an import. `now`: when a ban began of which the line does not say so. */
export function parseUserRecord(line: string, now: Date): ParsedRecord {
  const json = parseJson(line);
  if (json === undefined) return { kind: 'fault', fault: { field: null, message: 'is no JSON' } };
  const { data, error } = record.safeParse(json);
  if (data === undefined) {
    const [issue] = error.issues;
    const field = issue === undefined || issue.path.length === 0 ? null : issue.path.join('.');
    return { kind: 'fault', fault: { field, message: issue?.message ?? 'is no user' } };
  }
  return { kind: 'user', user: toImport(data, now) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

const toImport = ({ ban, ...given }: z.infer<typeof record>, now: Date): UserImport => ({
  id: (given.id as UserId | undefined) ?? null,
  email: given.email,
  emailVerified: given.emailVerified ?? false,
  passwordHash: given.passwordHash ?? UNKNOWN_PASSWORD,
  roles: [...new Set(given.roles)],
  ban: ban
    ? {
        at: ban.at ?? now,
        by: (ban.by as UserId | null | undefined) ?? null,
        until: ban.until ?? null,
        reason: ban.reason ?? null,
        publicReason: ban.publicReason ?? null,
      }
    : null,
  createdAt: given.createdAt ?? null,
  lastSignInAt: given.lastSignInAt ?? null,
});

/** A user as one line of an export, which an import takes. Without sessions and mail tokens: those stay here. */
export function formatUserRecord(user: User): string {
  const { id, email, emailVerified, roles, createdAt, lastSignInAt } = user;
  const passwordHash = user.passwordHash === UNKNOWN_PASSWORD ? null : user.passwordHash;
  // The stores do not agree on the order of its fields.
  const ban = user.ban && toBanRecord(user.ban);
  return `${JSON.stringify({ id, email, emailVerified, passwordHash, roles, ban, createdAt, lastSignInAt })}\n`;
}

const toBanRecord = ({ at, by, until, reason, publicReason }: Ban): Ban => ({ at, by, until, reason, publicReason });
