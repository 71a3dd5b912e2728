/** One run: carries out the actions on real servers, and asks the model after each whether that could be. */
import { AuthError } from '../../src/domain/errors.js';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { startGated } from '../support/session-gate.js';
import type { Action, Client, RequestAction } from './session-actions.js';
import { CLIENTS, USERS } from './session-actions.js';
import type { Beliefs } from './session-beliefs.js';
import {
  abandon,
  begin,
  change,
  emptyBeliefs,
  hasOnlyRead,
  mayBeDeleted,
  observe,
  resume,
  seeGeneration,
} from './session-beliefs.js';
import type { Cluster } from './session-cluster.js';
import { RULES } from './session-cluster.js';
import { pick, type Pair } from './session-memory.js';
import { locate, type Request } from './session-model-requests.js';
import { isLive, isRowOpen, type World } from './session-model.js';
import { createUsers, nameOutcome, prepare, type Flight, type Outcome, type RunReport } from './session-requests.js';
import { checkAccessTokenUse, checkIssued } from './session-run-checks.js';
import { mustKnow, readTruth, type Hearing } from './session-truth.js';

/** Each request that is stopped multiplies what the server may hold. */
const MOST_FLIGHTS = 2;

/** Carries out the actions one by one. Rejects at the first step that the model does not allow. */
export async function runActions(cluster: Cluster, steps: readonly Action[]): Promise<RunReport> {
  const beliefs: Beliefs = emptyBeliefs(RULES, USERS);
  const memory = new Map<Client, Pair[]>(CLIENTS.map((client) => [client, []]));
  const pending: { readonly client: Client; readonly pair: Pair }[] = [];
  const flights: Flight[] = [];
  const keyById = new Map<SessionId, string>();
  const issued: IssuedSession[] = [];
  const outcomes: string[] = [];
  /** What each server has noted as used, and what of it is not written yet. */
  const noted = [new Set<string>(), new Set<string>()];
  const queued: { key: string; generation: number }[][] = [[], []];
  /** What each server was told last; `null` where it has just started. */
  const hearings: (Hearing | null)[] = [null, null];
  const users = await createUsers(cluster);
  let requests = 0;

  const now = (): number => cluster.clock.now().getTime();
  const pairs = (client: Client): Pair[] => memory.get(client) ?? [];
  const isKnown = (key: string): boolean => [...keyById.values()].includes(key);
  const userId = (name: string): UserId => users.get(name) ?? ('' as UserId);
  const idOf = (key: string): SessionId => [...keyById].find(([, each]) => each === key)?.[0] ?? ('' as SessionId);

  const requester = { cluster, pairs, userId, idOf };

  /** People sign in again where they have nothing to refresh; where a session has just ended, every other time. */
  function orSignInAgain(action: RequestAction): RequestAction {
    if (action.kind !== 'refresh' || action.client === 'thief') return action;
    const last = pairs(action.client).at(-1);
    const isDead = last !== undefined && !beliefs.worlds.some((world) => isAlive(world, last.session));
    const mustSignIn = last === undefined || (isDead && requests % 2 === 0);
    return mustSignIn ? { kind: 'sign-in', client: action.client, user: 'ann', seen: action.seen } : action;
  }

  function isAlive(world: World, key: string): boolean {
    return world.sessions.has(key) && isLive(world, key, now());
  }

  /** Starts the requests side by side; those that are stopped stay in flight, the others are judged. */
  async function launch(actions: readonly RequestAction[], node: number, calls: number): Promise<void> {
    const prepared = actions.flatMap((chosen, index) => {
      const action = orSignInAgain(chosen);
      requests += 1;
      const name = `r${requests}`;
      const at = actions.length > 1 ? index % 2 : node;
      const one = prepare(requester, action, { node: at, name });
      return one === null ? [] : [{ ...one, action, at, name }];
    });
    for (const { request } of prepared) forgetPerhaps(request);
    const started = prepared.map(({ request, run, action, at, name }): Flight => {
      const gated = startGated(calls, async (): Promise<Outcome> => {
        try {
          return await run();
        } catch (error) {
          if (!(error instanceof AuthError)) throw error;
          return { kind: 'refused', error };
        }
      });
      return { running: { name, request }, gated, action, node: at };
    });
    begin(
      beliefs,
      started.map(({ running }) => running),
    );
    const states = await Promise.all(started.map(({ gated }) => gated.stoppedOrSettled));
    // Stopped before its first call, a request has done nothing.
    const moved = started.filter((_, index) => calls > 0 || states[index] === 'settled');
    resume(
      beliefs,
      moved.map(({ running }) => running),
      now(),
    );
    // All of them have come to rest: only now may an answer rule worlds out.
    for (const [index, flight] of started.entries()) {
      if (states[index] === 'settled') await judge(flight);
      else {
        flights.push(flight);
        outcomes.push('stopped');
        const isRead = (method: string): boolean => /^(find|list)/.test(method);
        const { kind } = flight.running.request;
        if ((kind === 'sign-in' || kind === 'reauthenticate') && flight.gated.called.every(isRead)) {
          hasOnlyRead(beliefs, flight.running);
        }
      }
    }
  }

  function forgetPerhaps(request: Request): void {
    const text = request.kind === 'refresh' ? request.text : null;
    const located = beliefs.worlds.map((world) => (text === null ? null : locate(world, text)));
    const named = request.kind === 'end' || request.kind === 'reauthenticate' ? request.session : null;
    const key = named ?? located.find((each) => each !== null)?.session ?? null;
    mayBeDeleted(beliefs, key, now());
  }

  async function judge({ running, gated, action }: Flight): Promise<void> {
    const outcome = await gated.result;
    if (outcome.kind === 'issued' && running.request.kind === 'sign-in') {
      keyById.set(outcome.issued.session.id, running.request.key);
    }
    const observed = nameOutcome(outcome, keyById);
    outcomes.push(outcome.kind === 'refused' ? outcome.error.code : `${action.kind} ${outcome.kind}`);
    const expected = observe(beliefs, running, { observed, isKnown });
    if (beliefs.worlds.length === 0) {
      const allowed = expected.join(' or ') || 'no answer at all';
      throw new Error(`${running.name}: answered ${JSON.stringify(observed)}; sessions.md allows ${allowed}`);
    }
    if (outcome.kind === 'refused' && observed.kind === 'refused' && observed.code === 'USER_BANNED') {
      if (outcome.error.extensions.reason !== 'public')
        throw new Error('A ban told something else than its public reason');
    }
    if (outcome.kind === 'issued' && observed.kind === 'given') remember(outcome.issued, observed.session, action);
  }

  function remember(got: IssuedSession, session: string, action: RequestAction): void {
    issued.push(got);
    checkIssued(got);
    if (action.kind !== 'sign-in' && action.kind !== 'refresh' && action.kind !== 'reauthenticate') return;
    const { refreshToken, accessToken } = got;
    const { generation } = got.session;
    const pair = { session, user: session.split(':')[0] ?? '', generation, refreshToken, accessToken };
    if (action.seen === 'late') pending.push({ client: action.client, pair });
    if (action.seen !== 'seen') return;
    keep(action.client, pair);
    // Two tabs share their cookies: who signs in at one, or proves the password, has done so at the other.
    if (action.kind !== 'refresh' && action.client === 'tab1') keep('tab2', pair);
  }

  function keep(client: Client, pair: Pair): void {
    const held = pairs(client);
    if (held.at(-1)?.refreshToken === pair.refreshToken) held.pop();
    held.push(pair);
  }

  async function useAccessToken(client: Client, which: 'last' | 'before' | 'older', node: number): Promise<void> {
    const held = pick(pairs(client), which);
    if (held === null) return;
    const truth = await readTruth(cluster, beliefs, users);
    const credential = await cluster.node(node).authenticate(held.accessToken);
    const accepted = checkAccessTokenUse(credential, held.accessToken, {
      ...{ now: now(), session: held.session, user: held.user, truth },
      known: mustKnow(hearings[node] ?? null, truth, { now: now(), endedHere: endedHere(node) }),
      mayBeOver: beliefs.worlds.some(
        (world) => !world.sessions.has(held.session) || !isLive(world, held.session, now()),
      ),
    });
    outcomes.push(`access ${credential.kind === 'unusable' ? credential.code : credential.kind}`);
    const use = `${held.session}/${held.generation}`;
    if (!accepted || noted[node]?.has(use)) return;
    noted[node]?.add(use);
    queued[node]?.push({ key: held.session, generation: held.generation });
  }

  async function flush(node: number): Promise<void> {
    await cluster.node(node).confirmations.flush();
    const written = queued[node]?.splice(0) ?? [];
    change(beliefs, (world) => {
      for (const { key, generation } of written) {
        const session = world.sessions.get(key);
        if (session === undefined || !isRowOpen(session, now())) continue;
        session.usedGeneration = Math.max(session.usedGeneration, generation);
      }
    });
  }

  /** The sessions that this server ended since it started. */
  function endedHere(node: number): Set<string> {
    const ended = cluster.node(node).events.filter((event) => event.type === 'session.ended');
    return new Set(ended.flatMap(({ sessionId }) => keyById.get(sessionId) ?? []));
  }

  async function hear(node: number): Promise<void> {
    const truth = await readTruth(cluster, beliefs, users);
    await cluster.feed(node).deliver();
    hearings[node] = { heardAt: now(), heard: truth };
  }

  async function rotateKey(node: number, revokeCurrent: boolean): Promise<void> {
    await cluster.node(node).signingKeys.rotate({ revokeCurrent, by: null });
    outcomes.push(revokeCurrent ? 'key revoked' : 'key rotated');
  }

  async function restart(node: number): Promise<void> {
    for (const flight of flights.filter((each) => each.node === node)) drop(flight);
    await cluster.restart(node);
    noted[node]?.clear();
    queued[node]?.splice(0);
    hearings[node] = null;
  }

  function drop(flight: Flight): void {
    flights.splice(flights.indexOf(flight), 1);
    abandon(beliefs, flight.running);
  }

  async function proceed(flight: Flight): Promise<void> {
    flights.splice(flights.indexOf(flight), 1);
    resume(beliefs, [flight.running], now());
    await flight.gated.proceed();
    await judge(flight);
  }

  async function revokeOthers(client: Client): Promise<void> {
    const held = pick(pairs(client), 'last');
    if (held === null) return;
    requests += 1;
    const request = { kind: 'end-others', user: held.user, kept: held.session } as const;
    const run = async (): Promise<Outcome> => {
      const ids = await cluster.node(0).sessions.revokeOthers(userId(held.user), idOf(held.session));
      return { kind: 'ended', ids };
    };
    const running = { name: `r${requests}`, request };
    begin(beliefs, [running]);
    resume(beliefs, [running], now());
    const gated = startGated(Infinity, run);
    await gated.stoppedOrSettled;
    await judge({ running, gated, action: { kind: 'revoke', client }, node: 0 });
  }

  async function take(action: Action): Promise<void> {
    const flight = 'which' in action && typeof action.which === 'number' ? flights[action.which] : undefined;
    switch (action.kind) {
      case 'nothing':
        return;
      case 'request': {
        const calls = flights.length < MOST_FLIGHTS ? (action.stopAt ?? Infinity) : Infinity;
        return launch([action.request], action.node, calls);
      }
      case 'burst':
        return launch(flights.length === 0 ? action.requests : action.requests.slice(0, 2), 0, Infinity);
      case 'revoke-others':
        return revokeOthers(action.client);
      case 'continue':
        return flight && proceed(flight);
      case 'crash': {
        if (flight !== undefined) drop(flight);
        return;
      }
      case 'use-access': {
        const { which } = action;
        return useAccessToken(action.client, which === 'before' || which === 'older' ? which : 'last', action.node);
      }
      case 'flush':
        return flush(action.node);
      case 'restart':
        return restart(action.node);
      case 'hear':
        return hear(action.node);
      case 'break-feed': {
        cluster.feed(action.node).lose();
        return;
      }
      case 'rotate-key':
        return rotateKey(action.node, action.revokeCurrent);
      case 'keep-up':
        return cluster.node(action.node).signingKeys.keepUp();
      case 'set-clock': {
        cluster.setClock(action.node, action.byMs);
        return;
      }
      case 'advance': {
        cluster.clock.advance(action.ms);
        return;
      }
      case 'deliver': {
        const late = pending.shift();
        if (late !== undefined) keep(late.client, late.pair);
        return;
      }
      case 'steal': {
        pairs(action.from).forEach((pair) => keep('thief', pair));
        return;
      }
    }
  }

  /** The list of live sessions holds what every world holds, and nothing that none does. */
  async function checkLive(): Promise<void> {
    const { stores, sessions } = cluster.node(0);
    const rows = await stores.users.listById([...users.values()]);
    if (rows.length < users.size) throw new Error('A user is gone');
    const listed = [...(await sessions.listLive(rows)).values()].flat();
    const keys = new Set(listed.map(({ id }) => keyById.get(id)));
    for (const [id, key] of keyById) {
      const row = flights.length > 0 ? await sessions.find(id) : null;
      if (row !== null) seeGeneration(beliefs, key, row.generation);
      if (beliefs.worlds.length === 0) throw new Error(`${key} has come to a generation that nothing explains`);
      const could = beliefs.worlds.map((world) => isAlive(world, key));
      if (!could.includes(keys.has(key))) {
        throw new Error(`${key} is ${keys.has(key) ? 'live, though it is over' : 'over, though it is live'}`);
      }
    }
  }

  await hear(0);
  await hear(1);
  for (const [index, step] of steps.entries()) {
    try {
      await take(step);
      await checkLive();
    } catch (error) {
      throw new Error(`Step ${index + 1}, ${JSON.stringify(step)}: ${String(error)}`, { cause: error });
    }
  }
  return { issued, outcomes };
}
