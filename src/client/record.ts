import { momentBefore, type Moment } from './clock.js';
import type { AuthClientError } from './errors.js';
import type { ClientSession, SignedOut, SignedOutReason } from './types.js';

/** All that a client knows of its session. */
export interface Known {
  /** Grows with each change, over all tabs; 0: nothing is known. */
  readonly version: number;
  readonly session: ClientSession | null;
  readonly signedOut: SignedOut | null;
  /** From the receipt of the access token to its expiry. */
  readonly lifetimeMs: number;
  readonly receivedAt: Moment;
  /** These are of header transport alone; else null. */
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  /** Tells the next sign-in that this device is known to the account; outlives sessions. */
  readonly deviceToken: string | null;
}

/** The change that nobody is signed in any more. */
export const ended = (signedOut: SignedOut | null) => ({
  session: null,
  signedOut,
  lifetimeMs: 0,
  accessToken: null,
  refreshToken: null,
});

/** Why nobody is, as the refusal says that ended the session. */
export const signedOutBy = (reason: SignedOutReason, extensions: AuthClientError['extensions'] = {}): SignedOut => ({
  reason,
  publicReason: (extensions['reason'] ?? null) as string | null,
  until: toDate(extensions['until']),
});

export const NOTHING: Known = {
  version: 0,
  ...ended(null),
  receivedAt: { monotonicMs: 0, wallMs: 0 },
  deviceToken: null,
};

/** As it is kept, and told to other tabs. */
export const writeRecord = (known: Known): string => JSON.stringify({ ...known, receivedAt: known.receivedAt.wallMs });

/** What was written, by whichever tab or page; null where it is no such record. */
export function readRecord(text: string, now: Moment): Known | null {
  try {
    const { session, signedOut, receivedAt, ...rest } = JSON.parse(text) as WrittenRecord;
    if (!Number.isSafeInteger(rest.version) || (session && !isSession(session))) return null;
    return {
      ...NOTHING,
      ...rest,
      // The monotonic clock of another page counts from some start of its own.
      receivedAt: momentBefore(now, now.wallMs - receivedAt),
      session: session && { ...session, expiresAt: new Date(session.expiresAt) },
      signedOut: signedOut && { ...signedOut, until: toDate(signedOut.until) },
    };
  } catch {
    return null;
  }
}

type Written<Value> = { readonly [Key in keyof Value]: Value[Key] extends Date | null ? string : Value[Key] };
type WrittenRecord = Omit<Known, 'session' | 'signedOut' | 'receivedAt'> & {
  readonly session: Written<ClientSession> | null;
  readonly signedOut: (Omit<SignedOut, 'until'> & { readonly until: string | null }) | null;
  readonly receivedAt: number;
};

const isSession = ({ roles, permissions }: Written<ClientSession>): boolean =>
  [roles, permissions].every(Array.isArray);

/** The moment that a text names, if any. */
export const toDate = (text: unknown): Date | null => (text ? new Date(text as string) : null);
