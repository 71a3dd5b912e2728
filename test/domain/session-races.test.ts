/** Two requests in every order of their store calls, and each of them left behind after any of its calls. */
import { expect, test } from '@jest/globals';
import { atEachStop, atEachTwoStops, startGated } from '../support/session-gate.js';
import { describeOnEachStore } from '../support/stores.js';
import { endBy, type Ending } from './session-endings.js';
import { ADMIN, codeOf, createFixture, ORIGIN } from './session-fixture.js';

describeOnEachStore('a refresh that races with the end of its session', (createFresh) => {
  test.each<Ending>(['ban', 'revoke', 'revoke-all', 'sign-out'])('never leaves it live: %s', async (ending) => {
    for (const isLost of [false, true]) {
      const fixture = await createFixture(createFresh());
      await atEachTwoStops(async (refreshFirst, endingThen) => {
        const issued = await fixture.signIn();
        if (isLost) await fixture.refresh(issued.refreshToken);
        fixture.clock.advance(isLost ? 20_000 : 1);
        const refresh = startGated(refreshFirst, () => codeOf(fixture.refresh(issued.refreshToken)));
        const ofRefresh = await refresh.stoppedOrSettled;
        const end = startGated(endingThen, () => endBy(ending, fixture, issued));
        const ofEnd = await end.stoppedOrSettled;
        await refresh.proceed();
        await end.proceed();
        await end.result;
        expect(await fixture.live()).toEqual([]);
        const { refreshToken } = issued;
        expect(await fixture.codeOf(refreshToken)).not.toBe('pair');
        if (ending === 'ban') await fixture.node.users.unban(ADMIN, fixture.user.id);
        return [ofRefresh, ofEnd];
      });
    }
  });

  test('gives nothing once the ban is decided, though the row was not marked', async () => {
    const fixture = await createFixture(createFresh());
    await atEachStop(async (calls) => {
      const { refreshToken } = await fixture.signIn();
      await fixture.refresh(refreshToken);
      fixture.clock.advance(20_000);
      const refresh = startGated(calls, () => codeOf(fixture.refresh(refreshToken)));
      if ((await refresh.stoppedOrSettled) === 'settled') return 'settled';
      const wasDisplaced = refresh.called.includes('displace');
      const isUserReadDue = !wasDisplaced || refresh.called.at(-1) === 'displace';
      const ban = startGated(1, () => fixture.ban());
      await ban.stoppedOrSettled;
      await refresh.proceed();
      if (isUserReadDue) expect(await refresh.result).toBe('USER_BANNED');
      expect(await fixture.live()).toEqual([]);
      await fixture.node.users.unban(ADMIN, fixture.user.id);
      return 'stopped';
    });
  });
});

describeOnEachStore('a sign-in that races with a ban or a revocation', (createFresh) => {
  test.each(['ban', 'revoke-all'] as const)(
    'never leaves a live session, nor does a crash between writes: %s',
    async (ending) => {
      for (const crashes of ['none', 'sign-in', 'ending'] as const) {
        const fixture = await createFixture(createFresh());
        await atEachStop(async (signInFirst) => {
          const before = await fixture.signIn();
          const { node, user } = fixture;
          const read = await node.stores.users.findById(user.id);
          const signIn = startGated(signInFirst, () => codeOf(node.sessions.start(read ?? user, ORIGIN)));
          const signInState = await signIn.stoppedOrSettled;
          const end = startGated(crashes === 'ending' ? 1 : Infinity, () => endBy(ending, fixture, before));
          await end.stoppedOrSettled;
          if (crashes !== 'sign-in') await signIn.proceed();
          expect(await fixture.live()).toEqual([]);
          expect(await fixture.codeOf(before.refreshToken)).toBe(ending === 'ban' ? 'USER_BANNED' : 'SESSION_EXPIRED');
          const hadReadUser = signIn.called.indexOf('findById') < signInFirst && signInFirst > 1;
          if (signInState === 'stopped' && crashes !== 'sign-in' && !hadReadUser) {
            expect(await signIn.result).toBe(ending === 'ban' ? 'USER_BANNED' : 'SESSION_EXPIRED');
          }
          if (ending === 'ban') await node.users.unban(ADMIN, user.id);
          expect(await fixture.live()).toEqual([]);
          const after = await fixture.signIn();
          expect(await fixture.live()).toEqual([after.session.id]);
          return signInState;
        });
      }
    },
  );

  test('does not end a session that began after the revocation was decided', async () => {
    for (const calls of [1, 2]) {
      const fixture = await createFixture(createFresh());
      const before = await fixture.signIn();
      const end = startGated(calls, () => endBy('revoke-all', fixture, before));
      await end.stoppedOrSettled;
      const after = await fixture.signIn();
      await end.proceed();
      expect(await fixture.live()).toEqual([after.session.id]);
    }
  });
});
