/**
 * The requests of sessions.md as the writes and reads that they consist of, one stage each, so that a request can be
 * stopped between two of them. A stage changes the world that it is given and says what the request answers, if it ends.
 */
import type { End, ModelRules, Progress, World } from './session-model.js';
import {
  isBanned,
  isBehindFloor,
  isLive,
  isOutOfTime,
  isPrevious,
  isRowOpen,
  present,
  prove,
  sessionOf,
  userOf,
} from './session-model.js';

export type Request =
  | { readonly kind: 'refresh'; readonly text: string; readonly arrivedAt: number }
  | { readonly kind: 'sign-in'; readonly user: string; readonly key: string }
  | { readonly kind: 'reauthenticate'; readonly user: string; readonly session: string }
  | { readonly kind: 'end'; readonly session: string; readonly reason: End }
  | { readonly kind: 'end-others'; readonly user: string; readonly kept: string }
  | { readonly kind: 'user-act'; readonly user: string; readonly act: UserAct };

export type UserAct =
  | { readonly kind: 'ban'; readonly until: number | null }
  | { readonly kind: 'unban' }
  | { readonly kind: 'role' }
  | { readonly kind: 'revoke-all' };

export interface Moment {
  readonly now: number;
  /** When the user is judged: now, or by the clock of the write that the judgement follows. */
  readonly judgedAt: number;
  readonly rules: ModelRules;
}

/** Takes the request's next stage in this world; what it answers stands in its progress. */
export function takeStage(world: World, request: Request, progress: Progress, moment: Moment): void {
  switch (request.kind) {
    case 'refresh': {
      refresh(world, request, progress, moment);
      return;
    }
    case 'sign-in': {
      signIn(world, request, progress, moment);
      return;
    }
    case 'reauthenticate': {
      reauthenticate(world, request, progress, moment);
      return;
    }
    case 'end': {
      end(world, request, progress, moment);
      return;
    }
    case 'end-others': {
      endOthers(world, request, progress, moment);
      return;
    }
    case 'user-act': {
      userAct(world, request, progress, moment);
      return;
    }
  }
}

/** Finds the session and generation of a token that somebody saw; null for what was made up. */
export function locate(world: World, text: string): { session: string; generation: number } | null {
  for (const [session, { issues }] of world.sessions) {
    const generation = issues.findIndex((each) => each.text === text);
    if (generation >= 0) return { session, generation };
  }
  return null;
}

function refresh(
  world: World,
  request: { readonly text: string; readonly arrivedAt: number },
  progress: Progress,
  moment: Moment,
): void {
  if (progress.stage > 0) {
    judgeUser(world, progress, moment);
    return;
  }
  const found = locate(world, request.text);
  if (found === null) {
    refuse(progress, 'SESSION_EXPIRED');
    return;
  }
  progress.session = found.session;
  const session = sessionOf(world, found.session);
  const user = userOf(world, session.user);
  const isOverByUser = isBanned(user, moment.now) || isBehindFloor(session, user);
  // A session that is over answers its previous token by its end, also while its row does not say so yet.
  if (isOverByUser && isRowOpen(session, moment.now) && isPrevious(session, found.generation)) {
    progress.stage = 9;
    return;
  }
  const times = { arrivedAt: request.arrivedAt, now: moment.now };
  const verdict = present(session, found.generation, times, moment.rules);
  if (verdict.kind === 'refused') {
    refuse(progress, verdict.code);
    return;
  }
  progress.issue = verdict.kind === 'given' ? verdict.generation : null;
  Object.assign(progress, { stage: 1, writtenAt: moment.now });
}

function signIn(
  world: World,
  request: { readonly user: string; readonly key: string },
  progress: Progress,
  moment: Moment,
): void {
  const user = userOf(world, request.user);
  if (progress.stage === 0) {
    progress.seenActs = user.acts;
    progress.stage = 1;
  } else if (progress.stage === 1) {
    world.sessions.set(request.key, {
      user: request.user,
      actsBefore: progress.seenActs,
      issues: [{ by: 'sign-in', replaced: null, text: null }],
      answeredAt: null,
      usedGeneration: -1,
      idleUntil: moment.now + moment.rules.idleMs,
      absoluteUntil: moment.now + moment.rules.absoluteMs,
      lastGivenAt: moment.now,
      end: null,
    });
    Object.assign(progress, { stage: 2, session: request.key, issue: 0, writtenAt: moment.now });
  } else judgeUser(world, progress, moment);
}

function reauthenticate(
  world: World,
  request: { readonly user: string; readonly session: string },
  progress: Progress,
  moment: Moment,
): void {
  const user = userOf(world, request.user);
  const session = world.sessions.get(request.session);
  if (progress.stage === 0) {
    Object.assign(progress, { stage: 1, seenActs: user.acts, seenEndingAct: user.lastEndingAct });
  } else if (progress.stage > 1 || session === undefined) {
    judgeUser(world, progress, moment);
  } else if (isRowOpen(session, moment.now) && session.actsBefore < progress.seenEndingAct) {
    // Over by an act that came before the password was checked: marked now, if nobody did it yet.
    Object.assign(progress, { stage: 9, session: request.session, writtenAt: moment.now });
  } else {
    const verdict = prove(session, progress.seenActs, moment.now, moment.rules);
    if (verdict.kind === 'refused') {
      refuse(progress, verdict.code);
      return;
    }
    const issue = verdict.kind === 'given' ? verdict.generation : null;
    Object.assign(progress, { stage: 2, session: request.session, issue, writtenAt: moment.now });
  }
}

/** What follows the write of a refresh, sign-in or proof: the user as it now stands decides whether anything is given. */
function judgeUser(world: World, progress: Progress, moment: Moment): void {
  const key = progress.session ?? '';
  const session = world.sessions.get(key);
  if (session === undefined) {
    refuse(progress, 'SESSION_EXPIRED');
    return;
  }
  const user = userOf(world, session.user);
  const banned = isBanned(user, moment.judgedAt);
  if (progress.stage === 9) {
    session.end ??= banned ? 'ban' : 'revoked';
    refuse(progress, banned ? 'USER_BANNED' : 'SESSION_EXPIRED');
    return;
  }
  if (progress.issue === null) {
    refuse(progress, banned ? 'USER_BANNED' : 'SESSION_EXPIRED');
    return;
  }
  if (banned || isBehindFloor(session, user)) progress.stage = 9;
  else progress.answer = { kind: 'given', session: key, generation: progress.issue };
}

function end(
  world: World,
  request: { readonly session: string; readonly reason: End },
  progress: Progress,
  moment: Moment,
): void {
  const session = world.sessions.get(request.session);
  if (session === undefined) {
    if (request.reason === 'revoked') {
      refuse(progress, 'NOT_FOUND');
      return;
    }
    progress.answer = { kind: 'ended', sessions: [], orAlso: [] };
    return;
  }
  if (request.reason === 'revoked' && progress.stage === 0) {
    // Looked for first, then ended: what another request ends in between may stand in the answers of both.
    const listed = isRowOpen(session, moment.now) ? [request.session] : [];
    Object.assign(progress, { stage: 1, listed });
    return;
  }
  const live = isLive(world, request.session, moment.now);
  // Over, but not marked yet: whether marking it counts as ending it is left open.
  const orAlso = (session.end === null && !live) || progress.listed.length > 0 ? [request.session] : [];
  if (!isOutOfTime(session, moment.now)) session.end ??= request.reason;
  else if (request.reason === 'signed-out') session.end ??= 'expired';
  progress.answer = { kind: 'ended', sessions: live ? [request.session] : [], orAlso };
}

function endOthers(
  world: World,
  { user, kept }: { readonly user: string; readonly kept: string },
  progress: Progress,
  moment: Moment,
): void {
  const others = [...world.sessions.keys()].filter((key) => key !== kept && sessionOf(world, key).user === user);
  const ended = others.filter((key) => isLive(world, key, moment.now));
  const orAlso = others.filter((key) => sessionOf(world, key).end === null && !ended.includes(key));
  for (const key of others) if (isRowOpen(sessionOf(world, key), moment.now)) sessionOf(world, key).end = 'revoked';
  progress.answer = { kind: 'ended', sessions: ended, orAlso };
}

function userAct(
  world: World,
  request: { readonly user: string; readonly act: UserAct },
  progress: Progress,
  moment: Moment,
): void {
  const { act } = request;
  const user = userOf(world, request.user);
  const endsSessions = act.kind === 'ban' || act.kind === 'revoke-all';
  if (progress.stage === 0) {
    user.acts += 1;
    if (act.kind === 'ban') user.ban = { until: act.until };
    if (act.kind === 'unban') user.ban = null;
    if (endsSessions) user.lastEndingAct = user.acts;
    if (endsSessions) progress.stage = 1;
    else progress.answer = { kind: 'ended', sessions: [], orAlso: [] };
    return;
  }
  const behind = [...world.sessions].filter(([, each]) => each.user === request.user && isBehindFloor(each, user));
  const open = behind.filter(([, each]) => isRowOpen(each, moment.now)).map(([key]) => key);
  if (progress.stage === 1) {
    Object.assign(progress, { stage: 2, listed: open });
    return;
  }
  for (const key of open) sessionOf(world, key).end = act.kind === 'ban' ? 'ban' : 'revoked';
  const orAlso = behind.map(([key]) => key).filter((key) => sessionOf(world, key).end === null || open.includes(key));
  progress.answer = { kind: 'ended', sessions: progress.listed, orAlso };
}

function refuse(progress: Progress, code: string): void {
  progress.answer = { kind: 'refused', code };
}
