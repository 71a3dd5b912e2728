/**
 * What the clients of a run were told, and when: everything that is claimed is judged by it. All times are
 * those of this process's monotonic clock, in milliseconds.
 */
export interface LoadRecord {
  readonly users: KnownUser[];
  readonly verifications: Verification[];
  /** How often an act had an outcome: `refresh OK`. */
  readonly counts: Map<string, number>;
  /** Answers that nothing the clients did explains, a sentence each. */
  readonly unexpected: string[];
}

/** An act that is sent until it is acknowledged. */
export interface Attempt {
  /** When it was sent first. */
  readonly sentAtMs: number;
  /** `null` while it is not, and so whether it took effect is not known. */
  acknowledgedAtMs: number | null;
}

/** A user whom one client speaks for: banned once at most, and unbanned once at most. */
export interface KnownUser {
  readonly id: string;
  readonly email: string;
  /** How tokens travel: in the cookies of a browser, or in headers. */
  readonly transport: 'cookie' | 'header';
  /** Where they are, as their proxy tells servers that trust it. */
  readonly address: string;
  readonly sessions: KnownSession[];
  ban: Attempt | null;
  lift: Attempt | null;
  /** How often a sign-in was tried while the user was banned. */
  inVain: number;
}

/** A session whose sign-in was acknowledged. */
export interface KnownSession {
  readonly id: string;
  readonly user: KnownUser;
  readonly signIn: Attempt & { readonly acknowledgedAtMs: number };
  /** All that were acknowledged, the newest last. */
  readonly accessTokens: string[];
  /** Of the newest acknowledged pair. */
  refreshToken: string;
  signOut: Attempt | null;
  /** Whether its client was told that it is over. */
  isGivenUp: boolean;
}

/** A request that an access token came with. */
export interface Verification {
  readonly session: KnownSession;
  readonly server: number;
  readonly sentAtMs: number;
  readonly outcome: string;
}

export const ACCEPTED = 'OK';

export const createRecord = (): LoadRecord => ({ users: [], verifications: [], counts: new Map(), unexpected: [] });

export const sessionsOf = (record: LoadRecord): KnownSession[] => record.users.flatMap(({ sessions }) => sessions);

/** Begins an act: it may take effect from now on. */
export const attempt = (): Attempt => ({ sentAtMs: performance.now(), acknowledgedAtMs: null });

/** Whether anybody did something that may have ended the session. */
export function mayBeOver({ user, signOut, signIn }: KnownSession): boolean {
  if (signOut !== null) return true;
  if (user.ban === null) return false;
  // What was signed in after the ban was lifted, it did not end.
  return !(user.lift?.acknowledgedAtMs != null && user.lift.acknowledgedAtMs < signIn.sentAtMs);
}

/** Since when it is acknowledged that the session is over; `null` where it is not, or not known to be. */
export function overSince(session: KnownSession): number | null {
  const { user, signOut, signIn } = session;
  // A sign-in that was answered before the ban was lifted did not see the ban: its session came before it.
  const isBanned = user.ban !== null && signIn.acknowledgedAtMs < (user.lift?.sentAtMs ?? Infinity);
  const ends = [signOut?.acknowledgedAtMs, isBanned ? user.ban?.acknowledgedAtMs : null];
  const acknowledged = ends.filter((end) => end != null);
  return acknowledged.length === 0 ? null : Math.max(Math.min(...acknowledged), signIn.acknowledgedAtMs);
}

/** Whether a request of this user that was sent then, and is answered now, may meet the ban. */
export const mayBeBanned = ({ ban, lift }: KnownUser, sentAtMs: number): boolean =>
  ban !== null && !(lift?.acknowledgedAtMs != null && lift.acknowledgedAtMs < sentAtMs);

/** Whether a request of this user that was sent then, and is answered now, must meet the ban. */
export const mustBeBanned = ({ ban, lift }: KnownUser, sentAtMs: number): boolean =>
  ban?.acknowledgedAtMs != null && ban.acknowledgedAtMs < sentAtMs && lift === null;

/** A session that is over, and a server that was asked with its tokens. */
interface Asked {
  readonly session: KnownSession;
  readonly server: number;
  /** When the last request was sent that was accepted: so long after the end was acknowledged, or 0. */
  readonly lastAcceptanceMs: number;
}

/** Each session that is over, at each server. */
function askedAfterEnd(record: LoadRecord, servers: number): Asked[] {
  return sessionsOf(record).flatMap((session) => {
    const since = overSince(session);
    if (since === null) return [];
    const accepted = record.verifications.filter((given) => given.session === session && given.outcome === ACCEPTED);
    return Array.from({ length: servers }, (_, server) => {
      const times = accepted.filter((given) => given.server === server).map(({ sentAtMs }) => sentAtMs - since);
      return { session, server, lastAcceptanceMs: Math.max(0, ...times) };
    });
  });
}

/** Of each session that is over, at each server: how long after that was acknowledged a token was last accepted. */
export const lastAcceptancesMs = (record: LoadRecord, servers: number): number[] =>
  askedAfterEnd(record, servers)
    .map(({ lastAcceptanceMs }) => lastAcceptanceMs)
    .sort((left, right) => left - right);

/** Those that accepted a request sent later than the bound allows, a sentence each. */
export const lateAcceptances = (record: LoadRecord, servers: number, boundMs: number): string[] =>
  askedAfterEnd(record, servers)
    .filter(({ lastAcceptanceMs }) => lastAcceptanceMs > boundMs)
    .map(({ session, server, lastAcceptanceMs }) => {
      const by = session.signOut === null ? 'ban' : 'sign-out';
      return `server ${server} accepted ${session.id} ${Math.round(lastAcceptanceMs)} ms after its ${by}`;
    });

/** How many requests each pair of an ended session and a server was asked with after the bound, at the least. */
export function leastAskedAfter(record: LoadRecord, servers: number, boundMs: number): number {
  const asked = new Map<string, number>();
  for (const { session, server, sentAtMs, outcome } of record.verifications) {
    const since = overSince(session);
    if (since === null || sentAtMs <= since + boundMs || outcome === 'SERVICE_UNAVAILABLE') continue;
    asked.set(`${session.id} ${server}`, (asked.get(`${session.id} ${server}`) ?? 0) + 1);
  }
  const ended = sessionsOf(record).filter((session) => overSince(session) !== null);
  const pairs = ended.flatMap(({ id }) => Array.from({ length: servers }, (_, server) => `${id} ${server}`));
  return Math.min(...pairs.map((pair) => asked.get(pair) ?? 0));
}
