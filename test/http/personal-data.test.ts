import { expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, refreshed, signIn, signUp, type Person } from './support/people.js';

const EXPORT = 'mutation { exportMyData { data } }';

describeOnEachServer('exportMyData over HTTP', (fixture) => {
  const ask = ({ token }: Pick<Person, 'token'>): Promise<Answer> => fixture().server.client().ask(EXPORT, { token });

  test('answers account and live sessions, and nothing of anybody else', async () => {
    const { server, clock } = fixture();
    await signUp(server);
    const first = await fixture().withRole('MODERATOR');
    const second = await signIn(server, first);
    const data = JSON.parse((await ask(second)).text('exportMyData.data')) as Record<string, unknown>;
    expect(data).toMatchObject({
      exportedAt: clock.now().toISOString(),
      user: { id: first.id, email: first.email, roles: ['MODERATOR'], permissions: [], ban: null },
    });
    const { sessions } = data as { sessions: { id: string; userAgent: string | null; ipAddress: string }[] };
    expect(sessions.map(({ id }) => id)).toEqual(expect.arrayContaining([first.sessionId, second.sessionId]));
    for (const { ipAddress } of sessions) expect(ipAddress).toMatch(/127\.0\.0\.1|::1/);
  });

  test('answers nothing that proves who somebody is', async () => {
    const person = await signUp(fixture().server);
    const text = (await ask(person)).text('exportMyData.data');
    const secrets = [PASSWORD, '$argon2', person.token, person.refreshToken, 'hash', 'nonce'];
    for (const secret of secrets) expect([secret, text.includes(secret)]).toEqual([secret, false]);
  });

  test('is answered five times an hour, also in one request of 30 aliases', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    const fields = Array.from({ length: 30 }, (_, index) => `a${index}: exportMyData { data }`).join(' ');
    const { body } = await server.client().ask(`mutation { ${fields} }`, { token: person.token });
    expect(Object.values(body.data ?? {}).filter((value) => value !== null)).toHaveLength(5);
    expect(new Set(body.errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['RATE_LIMITED']));
    expect(await ask(person)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect((await ask(await signUp(server))).code).toBeUndefined();
    clock.advance(3_600_000);
    expect((await ask(await signIn(server, person))).code).toBeUndefined();
  });

  test('asks for a proof of the password that is no older than ten minutes', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    clock.advance(600_000 + 1_000);
    const old = await refreshed(server, person);
    expect(await ask(old)).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
    const answer = await fixture().server.client().ask(EXPORT);
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});
