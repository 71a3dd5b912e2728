import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuthError } from '../../src/domain/errors.js';
import { startGatedBefore } from '../support/session-gate.js';
import { createNode } from '../support/services.js';
import { describeOnEachStore } from '../support/stores.js';
import { createFixture, ORIGIN } from './session-fixture.js';
import { given } from '../stores/builders.js';

describeOnEachStore('an access token', (createFresh) => {
  test('is dated by the update that its refresh was judged by, however long the answer took', async () => {
    const { clock, signIn, refresh } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    await refresh(refreshToken);
    const judgedAt = Math.floor(clock.now().getTime() / 1000);
    // Behind the update that it is judged by, before the answer is noted.
    const again = startGatedBefore('markAnswered', () => refresh(refreshToken));
    expect(await again.stoppedOrSettled).toBe('stopped');
    expect(again.called[0]).toBe('present');
    clock.advance(50_000);
    await again.proceed();
    expect(again.called).toContain('markAnswered');
    expect(decodeJwt((await again.result).accessToken).iat).toBe(judgedAt);
  });
});

describeOnEachStore('sign-ins at the same time', (createFresh) => {
  test.each([1, 3])('leave as many sessions as a user may have: %d', async (maxSessionsPerUser) => {
    const { signIn, live } = await createFixture(createFresh(), { maxSessionsPerUser });
    await Promise.all(Array.from({ length: 8 }, () => signIn()));
    expect(await live()).toHaveLength(maxSessionsPerUser);
  });
});

describeOnEachStore('a sign-in that the store fails', (createFresh) => {
  test('leaves no session behind that nobody holds the tokens of', async () => {
    const stores = await createFresh().open();
    const away = new AuthError('SERVICE_UNAVAILABLE');
    const users = { ...stores.users, recordSignIn: () => Promise.reject(away) };
    const node = await createNode({ ...stores, users });
    const signUp = { email: 'a@example.com', password: 'correct horse battery', setupCode: null, ipAddress: null };
    const user = given(await node.users.signUp(signUp));
    await expect(node.sessions.start(user, ORIGIN)).rejects.toBe(away);
    expect(await stores.sessions.listOpenByUser([user.id])).toEqual([]);
  });
});
