/** The requests of a run: each action as the model sees it, and as the call that carries it out on a server. */
import { randomUUID } from 'node:crypto';
import type { AuthError } from '../../src/domain/errors.js';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import type { Principal } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import type { UserService } from '../../src/domain/user-service.js';
import type { GatedRequest } from '../support/session-gate.js';
import type { Client, RequestAction } from './session-actions.js';
import { USERS } from './session-actions.js';
import type { Observed, Running } from './session-beliefs.js';
import type { Cluster } from './session-cluster.js';
import { forge, pick, type Pair } from './session-memory.js';
import type { Request } from './session-model-requests.js';

/** What the server answered, before the model's names are put to it. */
export type Outcome =
  | { readonly kind: 'refused'; readonly error: AuthError }
  | { readonly kind: 'issued'; readonly issued: IssuedSession }
  | { readonly kind: 'ended'; readonly ids: readonly SessionId[] };

/** A request that is under way, at the server and in the model. */
export interface Flight {
  readonly running: Running;
  readonly gated: GatedRequest<Outcome>;
  readonly action: RequestAction;
  readonly node: number;
}

/** What the run came to, for a look at the store and at what was reached at all. */
export interface RunReport {
  readonly issued: readonly IssuedSession[];
  /** How each request ended: a code, or what was given; and `stopped` for each that waited between two writes. */
  readonly outcomes: readonly string[];
}

/** A request that is ready to be sent. */
export interface Prepared {
  readonly request: Request;
  readonly run: () => Promise<Outcome>;
}

/** What a request is made from: the servers, what the clients remember, and how the run names things. */
export interface Requester {
  readonly cluster: Cluster;
  pairs(client: Client): readonly Pair[];
  userId(name: string): UserId;
  idOf(session: string): SessionId;
}

/** The server that a request goes to, and the request's name. */
export interface Place {
  readonly node: number;
  readonly name: string;
}

/** Of every user; the servers of a run hash none. */
const PASSWORD = 'none';
const ORIGIN = { client: { deviceName: null, userAgent: null, ipAddress: null }, transport: 'header' } as const;
const ADMIN: Principal = {
  userId: 'the-administrator' as UserId,
  sessionId: 'elsewhere' as SessionId,
  roles: ['ADMIN'],
  permissions: [],
  authenticatedAt: new Date(0),
  claims: {},
};
/** `null` where the client has nothing to make the request with. */
export function prepare(from: Requester, action: RequestAction, { node, name }: Place): Prepared | null {
  const { cluster, pairs, userId, idOf } = from;
  const { sessions, users: userService, stores } = cluster.node(node);
  const ended = async (act: Promise<readonly SessionId[]>): Promise<Outcome> => ({ kind: 'ended', ids: await act });
  switch (action.kind) {
    case 'sign-in':
      return {
        request: { kind: 'sign-in', user: action.user, key: `${action.user}:${name}` },
        async run() {
          const user = await stores.users.findById(userId(action.user));
          if (user === null) throw new Error('The user is gone');
          return { kind: 'issued', issued: await sessions.start(user, ORIGIN) };
        },
      };
    case 'refresh': {
      const held = pick(pairs(action.client), action.which);
      if (held === null && action.which === 'last') return null;
      const text = forge(held?.refreshToken ?? null, action.which);
      const arrivedAt = cluster.clock.now();
      return {
        request: { kind: 'refresh', text, arrivedAt: arrivedAt.getTime() },
        run: async () => ({
          kind: 'issued',
          issued: await sessions.refresh({ refreshToken: text, arrivedAt, client: ORIGIN.client }),
        }),
      };
    }
    case 'reauthenticate': {
      const held = pick(pairs(action.client), 'last');
      if (held === null) return null;
      const viewer = { userId: userId(held.user), sessionId: idOf(held.session) };
      const proof = { password: PASSWORD, client: ORIGIN.client };
      return {
        request: { kind: 'reauthenticate', user: held.user, session: held.session },
        run: async () => ({ kind: 'issued', issued: await sessions.reauthenticate(viewer, proof) }),
      };
    }
    case 'sign-out':
    case 'revoke': {
      const held = pick(pairs(action.client), 'last');
      if (held === null) return null;
      const id = idOf(held.session);
      if (action.kind === 'revoke') {
        const request = { kind: 'end', session: held.session, reason: 'revoked' } as const;
        return { request, run: () => ended(sessions.revoke(userId(held.user), id)) };
      }
      const byRefresh = action.by === 'refresh';
      const input = { refreshTokens: byRefresh ? [held.refreshToken] : [], sessionIds: byRefresh ? [] : [id] };
      const request = { kind: 'end', session: held.session, reason: 'signed-out' } as const;
      return { request, run: () => ended(sessions.signOut(input).then((didEnd) => (didEnd ? [id] : []))) };
    }
    case 'ban': {
      const until = action.forMs === null ? null : cluster.clock.now().getTime() + action.forMs;
      const input = { userId: userId(action.user), reason: 'internal', publicReason: 'public' };
      const ban = { ...input, until: until === null ? null : new Date(until) };
      return {
        request: { kind: 'user-act', user: action.user, act: { kind: 'ban', until } },
        run: () => ended(userService.ban(ADMIN, ban).then(({ revokedSessionIds }) => revokedSessionIds)),
      };
    }
    case 'unban':
    case 'role':
    case 'revoke-all': {
      const id = userId(action.user);
      const acts = {
        unban: () => userService.unban(ADMIN, id).then(() => []),
        role: () => changeRole(userService, id, name).then(() => []),
        'revoke-all': () => userService.revokeSessions(ADMIN, id).then(({ revokedSessionIds }) => revokedSessionIds),
      };
      const request = { kind: 'user-act', user: action.user, act: { kind: action.kind } } as const;
      return { request, run: () => ended(acts[action.kind]()) };
    }
  }
}

/** Gives the role or takes it, by turns. */
async function changeRole(users: UserService, id: UserId, name: string): Promise<void> {
  if (Number(name.slice(1)) % 2 === 0) await users.grantRole(ADMIN, id, 'EDITOR');
  else await users.withdrawRole(ADMIN, id, 'EDITOR');
}

/** What the server answered, with its sessions named as the model names them. */
export function nameOutcome(outcome: Outcome, keyById: ReadonlyMap<SessionId, string>): Observed {
  switch (outcome.kind) {
    case 'refused':
      return { kind: 'refused', code: outcome.error.code };
    case 'issued': {
      const { session, refreshToken } = outcome.issued;
      const { generation } = session;
      return { kind: 'given', session: keyById.get(session.id) ?? 'an unknown one', generation, text: refreshToken };
    }
    case 'ended':
      return { kind: 'ended', sessions: outcome.ids.flatMap((id) => keyById.get(id) ?? []) };
  }
}

/** Fresh users, by the names that the model has for them. */
export async function createUsers(cluster: Cluster): Promise<Map<string, UserId>> {
  const users = new Map<string, UserId>();
  for (const name of USERS) {
    const id = randomUUID() as UserId;
    const email = `${name}-${id}@example.com`;
    const user = { id, email, emailKey: email, emailVerified: false, passwordHash: PASSWORD, roles: [] };
    await cluster.node(0).stores.users.create(user);
    users.set(name, id);
  }
  return users;
}
