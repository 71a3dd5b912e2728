/** A fresh proof of the password: what it gives, what it cuts off, and what it may race with. */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuthError } from '../../src/domain/errors.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { given, addUser } from '../stores/builders.js';
import { createNode, plainPasswords } from '../support/services.js';
import { atEachStop, atEachTwoStops, startGated, startGatedBefore } from '../support/session-gate.js';
import { describeOnEachStore } from '../support/stores.js';
import { endBy, type Ending } from './session-endings.js';
import { ADMIN, codeOf, createFixture, ORIGIN, PASSWORD, type Fixture } from './session-fixture.js';

const ENDINGS = ['ban', 'revoke', 'revoke-all', 'sign-out'] as const;

const noAlarm = ({ node }: Fixture): void =>
  expect(node.events.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['session.theft']));

describeOnEachStore('a reauthentication', (createFresh) => {
  test('gives a pair of the same session whose access token says that the password was proved now', async () => {
    const fixture = await createFixture(createFresh());
    const { clock, node, reauthenticate, signIn } = fixture;
    const issued = await signIn();
    clock.advance(3_600_000);
    const proved = await reauthenticate(issued);
    expect(proved.session).toMatchObject({ id: issued.session.id, generation: 1, authenticatedAt: clock.now() });
    expect(proved.session.createdAt).toEqual(issued.session.createdAt);
    const provedAt = Math.floor(clock.now().getTime() / 1000);
    expect(decodeJwt(proved.accessToken)).toMatchObject({ auth_time: provedAt, sid: issued.session.id, gen: 1 });
    expect(proved.principal.authenticatedAt).toEqual(new Date(provedAt * 1000));
    expect(await node.authenticate(proved.accessToken)).toMatchObject({ kind: 'principal' });
    expect(node.events.at(-1)).toEqual({
      ...{ type: 'session.reauthenticated', userId: issued.user.id, sessionId: issued.session.id },
      client: ORIGIN.client,
    });
  });

  test('leaves the access token of before as it was, with its older proof', async () => {
    const { clock, node, reauthenticate, signIn } = await createFixture(createFresh());
    const issued = await signIn();
    clock.advance(60_000);
    await reauthenticate(issued);
    const credential = await node.authenticate(issued.accessToken);
    expect(credential.kind === 'principal' && credential.principal.authenticatedAt).toEqual(
      issued.principal.authenticatedAt,
    );
  });

  test.each([0, 5_000, 20_000, 3_600_000])(
    'makes the refresh tokens of before void %d ms later, without alarm, while its own goes on',
    async (laterMs) => {
      const fixture = await createFixture(createFresh());
      const { clock, node, reauthenticate, signIn, refresh, codeOf: codeOfRefresh, live } = fixture;
      const first = await signIn();
      const second = await refresh(first.refreshToken);
      await node.authenticate(second.accessToken);
      await node.confirmations.flush();
      const proved = await reauthenticate(second);
      clock.advance(laterMs);
      for (const { refreshToken } of [first, second]) {
        expect(await codeOfRefresh(refreshToken)).toBe('SESSION_EXPIRED');
      }
      const next = await refresh(proved.refreshToken);
      expect(next.session.generation).toBe(3);
      expect(await codeOfRefresh(first.refreshToken)).toBe('SESSION_EXPIRED');
      expect((await refresh(proved.refreshToken)).refreshToken).toBe(next.refreshToken);
      expect(await live()).toEqual([first.session.id]);
      noAlarm(fixture);
    },
  );

  test('carries the proof into the tokens of later refreshes', async () => {
    const { clock, reauthenticate, signIn, refresh } = await createFixture(createFresh());
    const issued = await signIn();
    clock.advance(60_000);
    const { refreshToken } = await reauthenticate(issued);
    const provedAt = Math.floor(clock.now().getTime() / 1000);
    clock.advance(60_000);
    expect(decodeJwt((await refresh(refreshToken)).accessToken)['auth_time']).toBe(provedAt);
  });

  test('brings the roles of the moment, as a refresh does', async () => {
    const { node, user, reauthenticate, signIn } = await createFixture(createFresh());
    const issued = await signIn();
    await node.users.grantRole(ADMIN, user.id, 'EDITOR');
    const proved = await reauthenticate(issued);
    expect(proved.principal.roles).toEqual(['EDITOR']);
    expect(await node.authenticate(proved.accessToken)).toMatchObject({ kind: 'principal' });
  });

  test('with a wrong password changes nothing', async () => {
    const { clock, node, user, signIn, codeOf: codeOfRefresh } = await createFixture(createFresh());
    const { session, refreshToken } = await signIn();
    clock.advance(1_000);
    const wrong = { password: `${PASSWORD} `, client: ORIGIN.client };
    const viewer = { userId: user.id, sessionId: session.id };
    expect(await codeOf(node.sessions.reauthenticate(viewer, wrong))).toBe('INVALID_CREDENTIALS');
    expect(await node.sessions.find(session.id)).toEqual(session);
    expect(await codeOfRefresh(refreshToken)).toBe('pair');
  });

  test('outlives no absolute end', async () => {
    const { clock, reauthenticate, signIn, live } = await createFixture(createFresh(), { ttlMs: 60_000 });
    const issued = await signIn();
    clock.advance(59_000);
    const proved = await reauthenticate(issued);
    expect(proved.refreshTokenExpiresAt).toEqual(issued.session.expiresAt);
    clock.advance(1_000);
    expect(await codeOf(reauthenticate(issued))).toBe('SESSION_EXPIRED');
    expect(await live()).toEqual([]);
  });

  test('whose answer got lost is made good by another one', async () => {
    const fixture = await createFixture(createFresh());
    const issued = await fixture.signIn();
    await fixture.reauthenticate(issued);
    expect((await fixture.node.authenticate(issued.accessToken)).kind).toBe('principal');
    const { refreshToken } = await fixture.reauthenticate(issued);
    expect(await fixture.codeOf(refreshToken)).toBe('pair');
    noAlarm(fixture);
  });

  test('that met a revocation which is undone by now gives nothing away: it is to be repeated', async () => {
    const stores = await createFresh().open();
    let isFloorHigher = false;
    // As while the ban of the last administrator stands, for a moment.
    const findById: typeof stores.users.findById = async (id) => {
      const user = await stores.users.findById(id);
      const floor = isFloorHigher ? Number.MAX_SAFE_INTEGER : 0;
      isFloorHigher = false;
      return user && { ...user, floor };
    };
    const node = await createNode({ ...stores, users: { ...stores.users, findById } }, { passwords: plainPasswords });
    const user = await addUser(stores, { passwordHash: PASSWORD });
    const { session } = await node.sessions.start(user, ORIGIN);
    isFloorHigher = true;
    const viewer = { userId: user.id, sessionId: session.id };
    const proof = () => node.sessions.reauthenticate(viewer, { password: PASSWORD, client: ORIGIN.client });
    expect(await codeOf(proof())).toBe('SERVICE_UNAVAILABLE');
    expect(await stores.sessions.findById(session.id)).toEqual(session);
    expect(await codeOf(proof())).toBe('pair');
  });

  test('that the store fails before its write changes nothing', async () => {
    const stores = await createFresh().open();
    const away = new AuthError('SERVICE_UNAVAILABLE');
    const sessions = { ...stores.sessions, reauthenticate: () => Promise.reject(away) };
    const node = await createNode({ ...stores, sessions });
    const password = 'correct horse battery';
    const user = given(await node.users.signUp({ email: 'a@example.com', password, setupCode: null, ipAddress: null }));
    const { session } = await node.sessions.start(user, ORIGIN);
    const viewer = { userId: user.id, sessionId: session.id };
    await expect(node.sessions.reauthenticate(viewer, { password, client: ORIGIN.client })).rejects.toBe(away);
    expect(await stores.sessions.findById(session.id)).toEqual(session);
  });
});

describeOnEachStore('a reauthentication in a session that is over', (createFresh) => {
  const CODES: Record<Ending, string> = {
    ban: 'USER_BANNED',
    revoke: 'SESSION_EXPIRED',
    'revoke-all': 'SESSION_EXPIRED',
    'sign-out': 'SESSION_EXPIRED',
  };

  test.each(ENDINGS)('is refused: %s', async (ending) => {
    const fixture = await createFixture(createFresh());
    const issued = await fixture.signIn();
    await endBy(ending, fixture, issued);
    expect(await codeOf(fixture.reauthenticate(issued))).toBe(CODES[ending]);
    expect(await fixture.live()).toEqual([]);
  });

  test.each(['ban', 'revoke-all'] as const)('raises none whose end was decided and not marked: %s', async (ending) => {
    const fixture = await createFixture(createFresh());
    const { node, user } = fixture;
    const issued = await fixture.signIn();
    const crashed = startGated(1, () => endBy(ending, fixture, issued));
    expect(await crashed.stoppedOrSettled).toBe('stopped');
    if (ending === 'ban') await node.users.unban(ADMIN, user.id);
    expect(await codeOf(fixture.reauthenticate(issued))).toBe('SESSION_EXPIRED');
    expect(await fixture.live()).toEqual([]);
    expect(await fixture.codeOf(issued.refreshToken)).toBe('SESSION_EXPIRED');
  });

  test('that was ended for theft says so', async () => {
    const fixture = await createFixture(createFresh());
    const issued = await fixture.signIn();
    const { refreshToken } = await fixture.refresh(issued.refreshToken);
    fixture.clock.advance(10_000);
    await fixture.refresh(refreshToken);
    expect(await fixture.codeOf(issued.refreshToken)).toBe('TOKEN_THEFT_DETECTED');
    expect(await codeOf(fixture.reauthenticate(issued))).toBe('TOKEN_THEFT_DETECTED');
  });
});

describeOnEachStore('a reauthentication that races', (createFresh) => {
  test.each(ENDINGS)('with the end of its session never leaves it live: %s', async (ending) => {
    const fixture = await createFixture(createFresh());
    await atEachTwoStops(async (proofFirst, endingThen) => {
      const issued = await fixture.signIn();
      fixture.clock.advance(1);
      const proof = startGated(proofFirst, () => fixture.reauthenticate(issued));
      const ofProof = await proof.stoppedOrSettled;
      const end = startGated(endingThen, () => endBy(ending, fixture, issued));
      const ofEnd = await end.stoppedOrSettled;
      await proof.proceed();
      const given = await proof.result.catch((error: unknown) => (error as AuthError).code);
      await end.proceed();
      await end.result;
      expect(await fixture.live()).toEqual([]);
      const tokens = [issued.refreshToken, ...(typeof given === 'string' ? [] : [given.refreshToken])];
      for (const token of tokens) expect(await fixture.codeOf(token)).not.toBe('pair');
      if (ending === 'ban') await fixture.node.users.unban(ADMIN, fixture.user.id);
      return [ofProof, ofEnd];
    });
    noAlarm(fixture);
  });

  test('with a ban gives nothing once the ban is decided, up to the read of the user behind its write', async () => {
    const fixture = await createFixture(createFresh());
    await atEachStop(async (calls) => {
      const issued = await fixture.signIn();
      const proof = startGated(calls, () => codeOf(fixture.reauthenticate(issued)));
      if ((await proof.stoppedOrSettled) === 'settled') return 'settled';
      const wasRead = proof.called.slice(1).includes('findById');
      const ban = startGated(1, () => fixture.ban());
      await ban.stoppedOrSettled;
      await proof.proceed();
      if (!wasRead) expect(await proof.result).toBe('USER_BANNED');
      expect(await fixture.live()).toEqual([]);
      await fixture.node.users.unban(ADMIN, fixture.user.id);
      return 'stopped';
    });
  });

  /** The session as it starts: with its first token, with a lost answer within grace and after, with a token left behind. */
  const states: [string, (fixture: Fixture) => Promise<IssuedSession>][] = [
    ['a fresh session', (fixture) => fixture.signIn()],
    [
      'an answer that got lost a moment ago',
      async (fixture) => {
        const issued = await fixture.signIn();
        await fixture.refresh(issued.refreshToken);
        return issued;
      },
    ],
    [
      'an answer that got lost long ago',
      async (fixture) => {
        const issued = await fixture.signIn();
        await fixture.refresh(issued.refreshToken);
        fixture.clock.advance(20_000);
        return issued;
      },
    ],
  ];

  test.each(states)('with a refresh leaves one good pair, its own, and raises no alarm: %s', async (_name, start) => {
    const fixture = await createFixture(createFresh());
    await atEachTwoStops(async (proofFirst, refreshThen) => {
      const issued = await start(fixture);
      const proof = startGated(proofFirst, () => fixture.reauthenticate(issued));
      const ofProof = await proof.stoppedOrSettled;
      const refresh = startGated(refreshThen, () => fixture.refresh(issued.refreshToken).catch(() => null));
      const ofRefresh = await refresh.stoppedOrSettled;
      await proof.proceed();
      await refresh.proceed();
      const [proved, refreshed] = [await proof.result, await refresh.result];
      for (const stale of [issued, refreshed]) {
        if (stale !== null) expect(await fixture.codeOf(stale.refreshToken)).toBe('SESSION_EXPIRED');
      }
      expect(await fixture.codeOf(proved.refreshToken)).toBe('pair');
      expect(await fixture.live()).toEqual([issued.session.id]);
      await fixture.node.sessions.revoke(fixture.user.id, issued.session.id);
      return [ofProof, ofRefresh];
    });
    noAlarm(fixture);
  });

  test('with a theft that was judged before it and is to be written after it raises no alarm', async () => {
    const fixture = await createFixture(createFresh());
    const issued = await fixture.signIn();
    const { refreshToken } = await fixture.refresh(issued.refreshToken);
    fixture.clock.advance(10_000);
    const current = await fixture.refresh(refreshToken);
    const stale = startGatedBefore('endWhere', () => codeOf(fixture.refresh(issued.refreshToken)));
    expect([await stale.stoppedOrSettled, stale.called[0]]).toEqual(['stopped', 'present']);
    const proved = await fixture.reauthenticate(current);
    await stale.proceed();
    expect(await stale.result).toBe('SESSION_EXPIRED');
    expect(await fixture.codeOf(proved.refreshToken)).toBe('pair');
    noAlarm(fixture);
  });

  test('with another of the same session leaves the pair that was written last', async () => {
    const fixture = await createFixture(createFresh());
    const nodes = [fixture.node, await fixture.openNode()] as const;
    await atEachTwoStops(async (firstCalls, secondCalls) => {
      const issued = await fixture.signIn();
      const first = startGated(firstCalls, () => fixture.reauthenticate(issued, nodes[0]));
      const ofFirst = await first.stoppedOrSettled;
      const second = startGated(secondCalls, () => fixture.reauthenticate(issued, nodes[1]));
      const ofSecond = await second.stoppedOrSettled;
      await first.proceed();
      await second.proceed();
      const given = [await first.result, await second.result];
      const last = given.find(({ session }) => session.generation === 2);
      const lost = given.find(({ session }) => session.generation === 1);
      expect(await fixture.codeOf(lost?.refreshToken ?? '')).toBe('SESSION_EXPIRED');
      expect(await fixture.codeOf(last?.refreshToken ?? '')).toBe('pair');
      expect(await fixture.live()).toEqual([issued.session.id]);
      await fixture.node.sessions.revoke(fixture.user.id, issued.session.id);
      return [ofFirst, ofSecond];
    });
    noAlarm(fixture);
  });
});
