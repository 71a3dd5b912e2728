/** Servers on one database, a user, and requests that can be stopped: what tests of races are made of. */
import { randomUUID } from 'node:crypto';
import { AuthError } from '../../src/domain/errors.js';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import type { Policy } from '../../src/domain/policy.js';
import type { Principal } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import type { User } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import { createNode, plainPasswords, type Node } from '../support/services.js';
import { gateStores } from '../support/session-gate.js';
import type { Backend } from '../support/stores.js';

export const ORIGIN = { client: { deviceName: null, userAgent: null, ipAddress: null }, transport: 'header' } as const;
/** Of the user of a fixture. */
export const PASSWORD = 'none';
export const ADMIN: Principal = {
  userId: 'the-administrator' as UserId,
  sessionId: 'elsewhere' as SessionId,
  roles: ['ADMIN'],
  permissions: [],
  authenticatedAt: new Date(0),
  claims: {},
};

export interface Fixture {
  readonly clock: ManualClock;
  readonly node: Node;
  readonly user: User;
  /** Another server on the same database; also what the first becomes by a restart. */
  openNode(): Promise<Node>;
  signIn(): Promise<IssuedSession>;
  refresh(refreshToken: string, node?: Node): Promise<IssuedSession>;
  /** Proves the password anew in this session. */
  reauthenticate(issued: Pick<IssuedSession, 'session'>, node?: Node): Promise<IssuedSession>;
  /** The code that the refresh is refused with, or `pair`. */
  codeOf(refreshToken: string, node?: Node): Promise<string>;
  /** The ids of the user's live sessions. */
  live(): Promise<readonly SessionId[]>;
  ban(node?: Node): Promise<unknown>;
}

/** One server and one user on a fresh database. */
export async function createFixture(backend: Backend, policy: Partial<Policy> = {}): Promise<Fixture> {
  const clock = new ManualClock();
  const openNode = async (): Promise<Node> =>
    createNode(gateStores(await backend.open({ clock })), { policy, passwords: plainPasswords });
  const node = await openNode();
  const id = randomUUID() as UserId;
  const email = `${id}@example.com`;
  const user = await node.stores.users.create({
    id,
    email,
    emailKey: email,
    emailVerified: false,
    passwordHash: PASSWORD,
    roles: [],
  });
  if (user === null) throw new Error('The address is taken');

  const current = async (): Promise<User> => (await node.stores.users.findById(id)) ?? user;
  const refresh: Fixture['refresh'] = (refreshToken, at = node) =>
    at.sessions.refresh({ refreshToken, arrivedAt: clock.now(), client: ORIGIN.client });
  return {
    clock,
    node,
    user,
    openNode,
    refresh,
    reauthenticate: ({ session }, at = node) =>
      at.sessions.reauthenticate({ userId: id, sessionId: session.id }, { password: PASSWORD, client: ORIGIN.client }),
    signIn: async () => node.sessions.start(await current(), ORIGIN),
    codeOf: (refreshToken, at) => codeOf(refresh(refreshToken, at)),
    live: async () => ((await node.sessions.listLive([await current()])).get(id) ?? []).map((session) => session.id),
    ban: (at = node) => at.users.ban(ADMIN, { userId: id, reason: null, publicReason: null, until: null }),
  };
}

/** The code that this is refused with, or `pair` where it is not. */
export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'pair';
  } catch (error) {
    if (error instanceof AuthError) return error.code;
    throw error;
  }
}
