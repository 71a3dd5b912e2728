/**
 * What sessions.md says, written a second time from that page alone: a session is the whole history of the refresh
 * tokens that it ever gave, each with the one that it replaced, and every answer is decided from that history.
 * Nothing here is shared with the implementation, whose shape (hashes, a previous hash, a cut) it must not copy.
 */

export interface ModelRules {
  readonly graceMs: number;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly accessMs: number;
}

/** One refresh token that a session gave; `text` is null until somebody saw it. */
export interface Issue {
  readonly by: 'sign-in' | 'rotation' | 'displacement' | 'proof';
  readonly replaced: number | null;
  text: string | null;
}

export type End = 'ban' | 'revoked' | 'signed-out' | 'theft' | 'expired';

export interface ModelSession {
  readonly user: string;
  /** How many acts on the user had happened when the session began to start, or the password was last proved in it. */
  actsBefore: number;
  /** Index is generation: every successor, also one that displaced a lost one, is a generation more. */
  readonly issues: Issue[];
  answeredAt: number | null;
  usedGeneration: number;
  idleUntil: number;
  readonly absoluteUntil: number;
  lastGivenAt: number;
  end: End | null;
}

export interface ModelUser {
  /** Every change to what the user may do, in order; one that ends sessions ends those that began before it. */
  acts: number;
  lastEndingAct: number;
  ban: { readonly until: number | null } | null;
}

/** One thing that the server may hold; what is not known for sure is a set of these. */
export interface World {
  readonly users: Map<string, ModelUser>;
  readonly sessions: Map<string, ModelSession>;
  readonly requests: Map<string, Progress>;
}

/** How far a request has come: the stage that it enters next, and its answer once there is one. */
export interface Progress {
  stage: number;
  session: string | null;
  issue: number | null;
  seenActs: number;
  /** Of those acts, the last that ended sessions. */
  seenEndingAct: number;
  /** The store's clock at the write that gave a token: what the user may do is judged by it, or by a later one. */
  writtenAt: number | null;
  /** Sessions that were found live, and are to be ended next. */
  listed: readonly string[];
  answer: Answer | null;
}

export type Answer =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'given'; readonly session: string; readonly generation: number }
  | { readonly kind: 'ended'; readonly sessions: readonly string[]; readonly orAlso: readonly string[] };

export type Verdict =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'refused-by-ban' }
  | { readonly kind: 'given'; readonly generation: number };

/** A world that may become another one: what of it never changes once it is there, is shared. */
export function copyWorld({ users, sessions, requests }: World): World {
  return {
    users: copyMap(users, (user) => ({ ...user })),
    sessions: copyMap(sessions, (session) => ({ ...session, issues: session.issues.map((issue) => ({ ...issue })) })),
    requests: copyMap(requests, (progress) => ({ ...progress })),
  };
}

function copyMap<Value>(map: ReadonlyMap<string, Value>, copy: (value: Value) => Value): Map<string, Value> {
  const copied = new Map<string, Value>();
  for (const [key, value] of map) copied.set(key, copy(value));
  return copied;
}

/** A token less than grace older than its last answer, and not more than a minute before it. */
export function arrivedWithinGrace(arrivedAt: number, answeredAt: number | null, rules: ModelRules): boolean {
  if (answeredAt === null) return false;
  const later = arrivedAt - answeredAt;
  return later < rules.graceMs && later >= -60_000 && rules.graceMs > 0;
}

/** Whether the session's own time is up. */
export function isOutOfTime(session: ModelSession, now: number): boolean {
  return now >= session.idleUntil || now >= session.absoluteUntil;
}

/** Whether the session's row is neither marked as ended nor out of time; its user is not asked. */
export const isRowOpen = (session: ModelSession, now: number): boolean =>
  session.end === null && !isOutOfTime(session, now);

/** Whether this generation is the one that the newest replaced. */
export const isPrevious = (session: ModelSession, generation: number): boolean =>
  session.issues.at(-1)?.replaced === generation;

/** Whether the user is banned now: without an end, or before it. */
export function isBanned(user: ModelUser, now: number): boolean {
  return user.ban !== null && (user.ban.until === null || now < user.ban.until);
}

/** Whether an act on the user ended every session that had begun before it, this one among them. */
export function isBehindFloor(session: ModelSession, user: ModelUser): boolean {
  return session.actsBefore < user.lastEndingAct;
}

/** Whether anything may still come of the session. */
export function isLive(world: World, key: string, now: number): boolean {
  const session = sessionOf(world, key);
  const user = userOf(world, session.user);
  return session.end === null && !isOutOfTime(session, now) && !isBanned(user, now) && !isBehindFloor(session, user);
}

/** The one write of a refresh: judges the token of this generation, and changes the session as the verdict says. */
export function present(
  session: ModelSession,
  generation: number,
  moment: { readonly arrivedAt: number; readonly now: number },
  rules: ModelRules,
): Verdict {
  const newest = session.issues.length - 1;
  const before = session.issues[newest]?.replaced ?? null;
  const position = generation === newest ? 'current' : generation === before ? 'previous' : 'older';
  if (generation < lastProof(session)) return { kind: 'refused', code: 'SESSION_EXPIRED' };
  if (position === 'older') return theft(session);
  if (session.end !== null || isOutOfTime(session, moment.now)) return over(session);
  const inGrace = arrivedWithinGrace(moment.arrivedAt, session.answeredAt, rules);
  if (position === 'current') {
    if (before !== null && inGrace) {
      session.usedGeneration = Math.max(session.usedGeneration, generation);
      return given(session, generation, moment.now);
    }
    session.usedGeneration = Math.max(session.usedGeneration, generation);
    session.idleUntil = moment.now + rules.idleMs;
    return issue(session, { by: 'rotation', replaced: generation, text: null }, moment.now);
  }
  const confirmed = session.usedGeneration > generation;
  if (inGrace) {
    if (!confirmed) session.answeredAt = moment.now;
    return given(session, newest, moment.now);
  }
  if (confirmed) return theft(session);
  session.idleUntil = moment.now + rules.idleMs;
  return issue(session, { by: 'displacement', replaced: generation, text: null }, moment.now);
}

/** The write of a fresh proof of the password: a token that none leads to, and those of before are void. */
export function prove(session: ModelSession, seenActs: number, now: number, rules: ModelRules): Verdict {
  if (session.end !== null || isOutOfTime(session, now)) return over(session);
  session.actsBefore = Math.max(session.actsBefore, seenActs);
  session.idleUntil = now + rules.idleMs;
  return issue(session, { by: 'proof', replaced: null, text: null }, now);
}

/** The generation of the last token that was given for a password alone. */
const lastProof = ({ issues }: ModelSession): number => issues.findLastIndex(({ by }) => by === 'proof');

function issue(session: ModelSession, next: Issue, now: number): Verdict {
  session.issues.push(next);
  session.answeredAt = now;
  return given(session, session.issues.length - 1, now);
}

function given(session: ModelSession, generation: number, now: number): Verdict {
  session.lastGivenAt = now;
  return { kind: 'given', generation };
}

function theft(session: ModelSession): Verdict {
  session.end ??= 'theft';
  return { kind: 'refused', code: 'TOKEN_THEFT_DETECTED' };
}

function over(session: ModelSession): Verdict {
  session.end ??= 'expired';
  if (session.end === 'ban') return { kind: 'refused-by-ban' };
  return { kind: 'refused', code: session.end === 'theft' ? 'TOKEN_THEFT_DETECTED' : 'SESSION_EXPIRED' };
}

export function sessionOf(world: World, key: string): ModelSession {
  const session = world.sessions.get(key);
  if (session === undefined) throw new Error(`The model holds no session ${key}`);
  return session;
}

export function userOf(world: World, name: string): ModelUser {
  const user = world.users.get(name);
  if (user === undefined) throw new Error(`The model holds no user ${name}`);
  return user;
}
