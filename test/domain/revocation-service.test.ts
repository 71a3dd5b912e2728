import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import type { Principal } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { deleteRow } from '../http/support/raw-store.js';
import { ManualClock, ManualNodeClock } from '../support/clock.js';
import { holdFeed, type HeldStores } from '../support/held-feed.js';
import { createNode, type Node } from '../support/services.js';
import { describeOnEachStore, type Backend } from '../support/stores.js';
import { addUser, SECOND } from '../stores/builders.js';

const ORIGIN = { client: { deviceName: null, userAgent: null, ipAddress: null }, transport: 'header' } as const;
const ADMIN: Principal = {
  userId: 'the-administrator' as UserId,
  sessionId: 'elsewhere' as SessionId,
  roles: ['ADMIN'],
  authenticatedAt: new Date(0),
  permissions: [],
  claims: {},
};

/** The code that an access token answers; `good` where it speaks for somebody. */
async function answerOf(node: Node, { accessToken }: Pick<IssuedSession, 'accessToken'>): Promise<string> {
  const credential = await node.authenticate(accessToken);
  if (credential.kind === 'principal') return 'good';
  return credential.kind === 'unusable' ? credential.code : credential.kind;
}

describeOnEachStore('revocation', (createFresh) => {
  let backend: Backend;
  let clock: ManualClock;
  let otherClock: ManualNodeClock;
  let held: HeldStores;
  /** Makes the changes. */
  let node: Node;
  /** Hears of them when the test lets it. */
  let other: Node;
  /** How often the other node asked the store about a token. */
  let asked: number;

  beforeEach(async () => {
    backend = createFresh();
    clock = new ManualClock();
    otherClock = new ManualNodeClock(clock, -3600 * SECOND);
    asked = 0;
    node = await createNode(await backend.open({ clock }), { nodeClock: new ManualNodeClock(clock, 3600 * SECOND) });
    await node.revocations.catchUp();
    held = holdFeed(await backend.open({ clock }));
    const { revocations } = held.stores;
    const counted: typeof revocations = {
      ...revocations,
      readNow(...given) {
        asked += 1;
        return revocations.readNow(...given);
      },
    };
    other = await createNode({ ...held.stores, revocations: counted }, { nodeClock: otherClock });
    await held.deliver();
  });

  const signIn = async (userId?: UserId): Promise<IssuedSession> => {
    const user = userId === undefined ? await addUser(node.stores) : await node.stores.users.findById(userId);
    return node.sessions.start(user!, ORIGIN);
  };

  const acts: [string, (issued: IssuedSession) => Promise<unknown>][] = [
    ['signOut', ({ session }) => node.sessions.signOut({ refreshTokens: [], sessionIds: [session.id] })],
    [
      'signOut by refresh token',
      ({ refreshToken }) => node.sessions.signOut({ refreshTokens: [refreshToken], sessionIds: [] }),
    ],
    ['revokeSession', ({ session }) => node.sessions.revoke(session.userId, session.id)],
    ['revokeOtherSessions', ({ session }) => node.sessions.revokeOthers(session.userId, 'another' as SessionId)],
    ['revokeUserSessions', ({ user }) => node.users.revokeSessions(ADMIN, user.id)],
    [
      'banUser',
      ({ user }) => node.users.ban(ADMIN, { userId: user.id, reason: null, publicReason: null, until: null }),
    ],
  ];

  describe.each(acts)('after %s', (_name, act) => {
    test('the very next use of the access token is refused: here at once, elsewhere once the feed has told', async () => {
      const issued = await signIn();
      const bystander = await signIn();
      expect([await answerOf(node, issued), await answerOf(other, issued)]).toEqual(['good', 'good']);
      await act(issued);
      expect(await answerOf(node, issued)).toBe('SESSION_EXPIRED');
      await held.deliver();
      expect(await answerOf(other, issued)).toBe('SESSION_EXPIRED');
      expect([await answerOf(node, bystander), await answerOf(other, bystander)]).toEqual(['good', 'good']);
      expect(asked).toBe(0);
    });

    test('a node that hears nothing asks the store from 5 s on, until it is told again', async () => {
      const issued = await signIn();
      const bystander = await signIn();
      await held.deliver();
      await act(issued);
      clock.advance(4_999);
      expect([await answerOf(other, issued), asked]).toEqual(['good', 0]);
      clock.advance(1);
      expect([await answerOf(other, issued), await answerOf(other, bystander), asked]).toEqual([
        'SESSION_EXPIRED',
        'good',
        2,
      ]);
      expect(other.revocations.isFresh()).toBe(false);
      await held.deliver();
      expect([await answerOf(other, issued), await answerOf(other, bystander), asked]).toEqual([
        'SESSION_EXPIRED',
        'good',
        2,
      ]);
      expect(other.revocations.isFresh()).toBe(true);
    });

    test('a feed that lost what it should have told says so nowhere, and begins again with everything', async () => {
      const issued = await signIn();
      await held.deliver();
      await act(issued);
      held.lose();
      clock.advance(5_000);
      expect([await answerOf(other, issued), asked]).toEqual(['SESSION_EXPIRED', 1]);
      await held.deliver();
      expect([await answerOf(other, issued), asked]).toEqual(['SESSION_EXPIRED', 1]);
    });

    test('a node that starts afterwards knows of it', async () => {
      const issued = await signIn();
      await act(issued);
      const late = await createNode(await backend.open({ clock }));
      await late.revocations.catchUp();
      expect(await answerOf(late, issued)).toBe('SESSION_EXPIRED');
    });
  });

  test('theft: the access tokens of thief and owner are refused with the next request', async () => {
    const first = await signIn();
    const refresh = (refreshToken: string) =>
      node.sessions.refresh({ refreshToken, arrivedAt: clock.now(), client: ORIGIN.client });
    clock.advance(SECOND);
    const second = await refresh(first.refreshToken);
    expect(await answerOf(node, second)).toBe('good');
    clock.advance(11 * SECOND);
    const third = await refresh(second.refreshToken);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'TOKEN_THEFT_DETECTED' });
    await held.deliver();
    for (const issued of [first, second, third]) {
      expect([await answerOf(node, issued), await answerOf(other, issued)]).toEqual([
        'SESSION_EXPIRED',
        'SESSION_EXPIRED',
      ]);
    }
  });

  test('a change of roles asks for a refresh, which brings them without a sign-in', async () => {
    const issued = await signIn();
    await node.users.grantRole(ADMIN, issued.user.id, 'EDITOR');
    expect(await answerOf(node, issued)).toBe('TOKEN_EXPIRED');
    await held.deliver();
    expect(await answerOf(other, issued)).toBe('TOKEN_EXPIRED');
    const refreshed = await other.sessions.refresh({
      refreshToken: issued.refreshToken,
      arrivedAt: clock.now(),
      client: ORIGIN.client,
    });
    expect(refreshed.principal.roles).toEqual(['EDITOR']);
    expect([await answerOf(node, refreshed), await answerOf(other, refreshed)]).toEqual(['good', 'good']);
  });

  test('an unbanned user signs in anew, and what the ban ended stays ended', async () => {
    const issued = await signIn();
    const { id: userId } = issued.user;
    await node.users.ban(ADMIN, { userId, reason: null, publicReason: null, until: null });
    await node.users.unban(ADMIN, userId);
    await held.deliver();
    const again = await signIn(userId);
    expect([await answerOf(node, issued), await answerOf(other, issued)]).toEqual([
      'SESSION_EXPIRED',
      'SESSION_EXPIRED',
    ]);
    expect([await answerOf(node, again), await answerOf(other, again)]).toEqual(['good', 'good']);
  });

  test('a user who is deleted in the database is refused by every node', async () => {
    const issued = await signIn();
    await deleteRow(backend.url, 'users', issued.user.id);
    await node.revocations.catchUp();
    await held.deliver();
    expect([await answerOf(node, issued), await answerOf(other, issued)]).toEqual([
      'SESSION_EXPIRED',
      'SESSION_EXPIRED',
    ]);
  });

  test('an expired token of a session that is known to be over says so', async () => {
    const [ended, live] = [await signIn(), await signIn()];
    await node.sessions.signOut({ refreshTokens: [], sessionIds: [ended.session.id] });
    clock.advance(606 * SECOND);
    expect([await answerOf(node, ended), await answerOf(node, live)]).toEqual(['SESSION_EXPIRED', 'TOKEN_EXPIRED']);
  });

  test('a revoked key asks for a refresh: here at once, elsewhere once told, or when the store is asked', async () => {
    const issued = await signIn();
    const ended = await signIn();
    await node.sessions.signOut({ refreshTokens: [], sessionIds: [ended.session.id] });
    await held.deliver();
    expect(await answerOf(other, issued)).toBe('good');
    await node.signingKeys.rotate({ revokeCurrent: true, by: null });
    expect([await answerOf(node, issued), await answerOf(node, ended)]).toEqual(['TOKEN_EXPIRED', 'SESSION_EXPIRED']);
    clock.advance(5_000);
    expect([await answerOf(other, issued), asked]).toEqual(['TOKEN_EXPIRED', 1]);
    await held.deliver();
    expect([await answerOf(other, issued), asked]).toEqual(['TOKEN_EXPIRED', 1]);
    const refreshed = await other.sessions.refresh({
      refreshToken: issued.refreshToken,
      arrivedAt: clock.now(),
      client: ORIGIN.client,
    });
    expect([await answerOf(node, refreshed), await answerOf(other, refreshed)]).toEqual(['good', 'good']);
  });

  test('a token of a revoked key names no session, so that who stole the key can end none by it', async () => {
    const issued = await signIn();
    await node.signingKeys.rotate({ revokeCurrent: true, by: null });
    expect(await node.authenticate(issued.accessToken)).toEqual({
      kind: 'unusable',
      code: 'TOKEN_EXPIRED',
      sessionId: null,
    });
  });

  test('a wall clock that is set ahead makes a node ask once, one that is set back does not make it trust for longer', async () => {
    const issued = await signIn();
    await held.deliver();
    otherClock.set(3600 * SECOND);
    expect([await answerOf(other, issued), asked]).toEqual(['good', 1]);
    await held.deliver();
    otherClock.set(-7200 * SECOND);
    expect([await answerOf(other, issued), asked]).toEqual(['good', 1]);
    clock.advance(5_000);
    expect([await answerOf(other, issued), asked]).toEqual(['good', 2]);
  });

  test('a node that can neither hear nor ask says that nobody can tell, and refuses what it knows to be over', async () => {
    const [issued, ended] = [await signIn(), await signIn()];
    await node.sessions.signOut({ refreshTokens: [], sessionIds: [ended.session.id] });
    await held.deliver();
    clock.advance(5_000);
    await other.stores.close();
    expect([await answerOf(other, issued), await answerOf(other, ended)]).toEqual([
      'SERVICE_UNAVAILABLE',
      'SESSION_EXPIRED',
    ]);
  });
});
