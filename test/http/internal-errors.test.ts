import { expect, test } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, SIGN_IN, signUp } from './support/people.js';
import { writeUser, type UserWrite } from './support/raw-store.js';

/** What no version of Latchkey would write. */
const NO_LIST = { roles: null } as unknown as UserWrite;

describeOnEachServer('What nobody foresaw', (fixture) => {
  test('is INTERNAL_SERVER_ERROR with an id that the log has too, and nothing else of it is told', async () => {
    const { server, backend } = fixture();
    const { id, email } = await signUp(server);
    await writeUser(backend.url, id, NO_LIST);
    const answer = await server.client().ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } } });

    expect({ status: answer.status, code: answer.code }).toEqual({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
    const errorId = answer.body.errors?.[0]?.extensions['id'];
    expect(errorId).toMatch(/^[\da-f-]{36}$/);
    expect(answer.body).toEqual({
      errors: [
        {
          message: 'Something went wrong on the server.',
          locations: expect.any(Array),
          path: ['signIn'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', id: errorId },
        },
      ],
    });
    const entries = (): unknown[] =>
      server
        .log()
        .split('\n')
        .filter((line) => line.includes(String(errorId)))
        .map((line) => JSON.parse(line) as unknown);
    // The line of the request comes behind the answer.
    await eventually(() => entries().length === 2);
    expect(entries()).toEqual([
      expect.objectContaining({
        ...{ level: 50, id: errorId },
        err: expect.objectContaining({ stack: expect.stringContaining('at ') }),
      }),
      expect.objectContaining({ level: 30, msg: 'request', errorIds: [errorId] }),
    ]);
    expect(server.log()).not.toContain(PASSWORD);
  });

  test('leaves the rest of the answer, and the server, as they were', async () => {
    const { server, backend } = fixture();
    const { id, email, token } = await signUp(server);
    await writeUser(backend.url, id, NO_LIST);
    const query = `mutation ($input: SignInInput!) {
      revokeOtherSessions { revokedSessionIds } signIn(input: $input) { expiresInSeconds }
    }`;
    const variables = { input: { email, password: PASSWORD } };
    const answer = await server.client().ask(query, { token, variables });

    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({ revokeOtherSessions: { revokedSessionIds: [] }, signIn: null });
    expect(answer.code).toBe('INTERNAL_SERVER_ERROR');
    expect((await server.client().ask('{ viewer { id } }', { token })).text('viewer.id')).toBe(id);
  });
});
