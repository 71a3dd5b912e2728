import { expect, test } from '@jest/globals';
import { ManualClock } from '../support/clock.js';
import { startServer, type TestServer } from '../support/server.js';
import { describeOnEachStore } from '../support/stores.js';
import { refresh, signUp, VIEWER } from './support/people.js';

const AFTER_GRACE_MS = 11_000;

describeOnEachStore('That a pair has reached its client', (createFresh) => {
  test('is remembered over a stop, when only its access token was used: the token left behind is theft', async () => {
    const { url } = createFresh();
    const clock = new ManualClock();
    const before = await startServer(url, { clock });
    const { first, second } = await signInAndRefresh(before);
    expect((await before.client().ask(VIEWER, { token: second.accessToken })).status).toBe(200);
    // The stop comes before the second in which confirmations are written anyway.
    await before.close();

    const after = await startServer(url, { clock });
    clock.advance(AFTER_GRACE_MS);
    expect(await refresh(after, first.refreshToken)).toMatchObject({ code: 'TOKEN_THEFT_DETECTED' });
    expect(await refresh(after, second.refreshToken)).toMatchObject({ code: 'TOKEN_THEFT_DETECTED' });
    await after.close();
  });

  test('is not taken for granted: after an answer that nobody used, the token left behind gets another', async () => {
    const { url } = createFresh();
    const clock = new ManualClock();
    const server = await startServer(url, { clock });
    const { first, second } = await signInAndRefresh(server);
    clock.advance(AFTER_GRACE_MS);
    const again = await refresh(server, first.refreshToken);
    expect(again.status).toBe(200);
    expect(again.text('refreshSession.refreshToken')).not.toBe(second.refreshToken);
    await server.close();
  });
});

/** A session whose refresh token has rotated once. */
async function signInAndRefresh(server: TestServer) {
  const first = await signUp(server);
  const answer = await refresh(server, first.refreshToken);
  return {
    first,
    second: {
      accessToken: answer.text('refreshSession.accessToken'),
      refreshToken: answer.text('refreshSession.refreshToken'),
    },
  };
}
