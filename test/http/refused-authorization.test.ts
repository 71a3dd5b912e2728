import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';
import { signUp } from './support/people.js';

interface Line {
  readonly msg: string;
  readonly codes: readonly string[];
  readonly paths: readonly string[];
  readonly userId: string | null;
  readonly sessionHash: string | null;
  readonly ipAddress: string | null;
  readonly leftOut: number;
}

const KEYS = 'query { keys: signingKeys { id } viewer { id } rolePermissions { role } }';

describeOnEachServer('Authorization that is refused', (fixture) => {
  const lines = (): Line[] =>
    fixture()
      .server.log()
      .split('\n')
      .filter((line) => line.includes('refused what was asked for'))
      .map((line) => JSON.parse(line) as Line);

  test('is a line of the log: who, from where, for which fields; no more than ten a minute for one user', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    const own = (): Line[] => lines().filter(({ userId }) => userId === person.id);
    await server.client().ask('query { viewer { id email } }', { token: person.token });
    expect(own()).toEqual([]);
    await server.client().ask(KEYS, { token: person.token });
    const sessionHash = createHash('sha256').update(person.sessionId).digest('base64url');
    expect(own()).toEqual([
      expect.objectContaining({ codes: ['FORBIDDEN'], paths: ['keys', 'rolePermissions'], sessionHash, leftOut: 0 }),
    ]);
    expect(own()[0]?.ipAddress).toMatch(/127\.0\.0\.1|::1/);

    for (let times = 0; times < 20; times += 1) await server.client().ask(KEYS, { token: person.token });
    expect(own()).toHaveLength(10);
    clock.advance(60_000);
    await server.client().ask(KEYS, { token: person.token });
    expect(own()).toHaveLength(11);
    expect(own().at(-1)?.leftOut).toBe(11);
  });

  test('is one too where nobody is signed in, and where the proof of the password is too old', async () => {
    const { server, clock } = fixture();
    clock.advance(60_000);
    await server.client().ask('query { signingKeys { id } }');
    expect(lines().at(-1)).toMatchObject({ codes: ['UNAUTHENTICATED'], paths: ['signingKeys'], userId: null });
    const person = await signUp(server);
    clock.advance(601_000);
    const token = (
      await server
        .client()
        .ask('mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { accessToken } }', {
          variables: { input: { refreshToken: person.refreshToken } },
        })
    ).text('refreshSession.accessToken');
    await server.client().ask('mutation { deleteAccount { deleted } }', { token });
    expect(lines().at(-1)).toMatchObject({ codes: ['REAUTHENTICATION_REQUIRED'], userId: person.id });
  });
});
