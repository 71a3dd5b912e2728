import { afterEach, expect, test } from '@jest/globals';
import type { AuthEvent, EventListener } from '../../src/index.js';
import { freshEmail, PASSWORD, refresh, refreshed, signIn, signUp, type Person } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient } from '../support/client.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachBackend } from '../support/stores.js';

describeOnEachBackend('events that an application hears', (backendName) => {
  let latchkey: TestAuthServer | undefined;
  afterEach(async () => {
    await latchkey?.close();
    latchkey = undefined;
  });

  async function start(onEvent: EventListener) {
    const clock = new ManualClock();
    const opened = await createTestAuthServer({ onEvent }, { clock, backendName });
    latchkey = opened;
    const { origin } = new URL((await opened.server.listen()).url);
    const asked = { client: () => createClient(origin) };
    const admin = await signUp(asked, { setupCode: opened.server.setUpCode ?? '' });
    const act = (query: string, { token }: Person = admin) => asked.client().ask(query, { token });
    return { ...asked, asked, admin, act, clock };
  }

  test('each comes once, when it is durable, in order', async () => {
    const heard: AuthEvent[] = [];
    const { asked, admin, act, clock } = await start((event) => void heard.push(event));
    const ann = await signUp(asked);
    const since = heard.length;
    await refreshed(asked, ann);
    await act(`mutation { grantRole(userId: "${ann.id}", role: MODERATOR) { user { id } } }`);
    await act(`mutation { grantRole(userId: "${ann.id}", role: MODERATOR) { user { id } } }`);
    await act(`mutation { banUser(input: { userId: "${ann.id}" }) { user { id } } }`);
    await act(`mutation { unbanUser(userId: "${ann.id}") { user { id } } }`);
    const again = await signIn(asked, ann);
    const next = await refreshed(asked, again);
    clock.advance(11_000);
    await refreshed(asked, next);
    clock.advance(60_000);
    expect((await refresh(asked, again.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
    expect((await refresh(asked, again.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
    await act('mutation { rotateSigningKey { key { id } } }');

    expect(heard.slice(0, since).map(({ type }) => type)).toEqual([
      ...['user.created', 'session.created', 'user.created', 'session.created'],
    ]);
    expect(heard.slice(since)).toMatchObject([
      { type: 'session.refreshed', userId: ann.id, sessionId: ann.sessionId, generation: 1 },
      { type: 'roles.changed', userId: ann.id, by: admin.id, roles: ['MODERATOR'] },
      { type: 'user.banned', userId: ann.id, by: admin.id, until: null },
      { type: 'session.ended', sessionId: ann.sessionId, reason: 'banned' },
      { type: 'user.unbanned', userId: ann.id, by: admin.id },
      { type: 'session.created', userId: ann.id, sessionId: again.sessionId },
      { type: 'session.refreshed', sessionId: again.sessionId, generation: 1 },
      { type: 'session.refreshed', sessionId: again.sessionId, generation: 2 },
      { type: 'session.theft', sessionId: again.sessionId },
      { type: 'session.ended', sessionId: again.sessionId, reason: 'theft' },
      { type: 'key.rotated', by: admin.id },
    ]);
    expect(JSON.stringify(heard)).not.toMatch(/lkr_|eyJ|argon2/);
  });

  test('what is heard has happened: the listener reads it', async () => {
    const seen: boolean[] = [];
    const { asked } = await start(async (event) => {
      if (event.type !== 'user.created') return;
      const found = await latchkey?.server.auth.users.listById([event.userId]);
      seen.push(found?.length === 1);
    });
    await signUp(asked);
    await latchkey?.server.close();
    expect(seen).toEqual([true, true]);
  });

  test.each<[string, EventListener]>([
    [
      'throws',
      () => {
        throw new Error('the listener is broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the listener is broken'))],
  ])('a listener that %s fails no request', async (_name, onEvent) => {
    const { asked } = await start(onEvent);
    const { email } = await signUp(asked, { email: freshEmail(), password: PASSWORD });
    await expect(signIn(asked, { email, password: PASSWORD })).resolves.toMatchObject({ email });
    expect(latchkey?.log()).toContain('the listener is broken');
  });

  test('cannot be changed by the listener for the log', async () => {
    const { asked } = await start((event) => {
      Object.assign(event, { type: 'changed' });
    });
    await signUp(asked);
    expect(latchkey?.log()).toContain('onEvent failed');
    expect(latchkey?.log()).toContain('"type":"user.created"');
  });
});
