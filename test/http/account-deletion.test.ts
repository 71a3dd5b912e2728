import { expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { SIGN_IN, VIEWER, refresh, refreshed, signIn, signInBrowser, signUp, type Person } from './support/people.js';
import { readSetCookies } from './support/set-cookies.js';

const DELETE_ACCOUNT = 'mutation { deleteAccount { deleted } }';
const WITHDRAW = 'mutation ($id: ID!) { withdrawRole(userId: $id, role: ADMIN) { user { id } } }';
const USER = 'query ($id: ID) { user(id: $id) { id } users(filter: { emailContains: "@" }) { totalCount } }';

describeOnEachServer('deleteAccount over HTTP', (fixture) => {
  const remove = ({ token }: Pick<Person, 'token'>): Promise<Answer> =>
    fixture().server.client().ask(DELETE_ACCOUNT, { token });

  test('ends every session of the account, and nobody else’s', async () => {
    const { server } = fixture();
    const bystander = await signUp(server);
    const person = await signUp(server);
    const other = await signIn(server, person);
    expect((await remove(person)).body).toEqual({ data: { deleteAccount: { deleted: true } } });
    for (const { token, refreshToken } of [person, other]) {
      expect(await server.client().ask(VIEWER, { token })).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
      expect(await refresh(server, refreshToken)).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
    }
    expect((await remove(person)).code).toBe('SESSION_EXPIRED');
    expect((await server.client().ask(VIEWER, { token: bystander.token })).status).toBe(200);
  });

  test('leaves an address that is unknown, and free', async () => {
    const { server } = fixture();
    const person = await signUp(server);
    await remove(person);
    const credentials = { email: person.email, password: person.password };
    const answer = await server.client().ask(SIGN_IN, { variables: { input: credentials } });
    expect(answer).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    const again = await signUp(server, credentials);
    expect(again.id).not.toBe(person.id);
    expect((await server.client().ask(VIEWER, { token: person.token })).code).toBe('SESSION_EXPIRED');
    expect((await server.client().ask(VIEWER, { token: again.token })).text('viewer.id')).toBe(again.id);
  });

  test('takes the account from the lists of administrators', async () => {
    const { server } = fixture();
    const person = await signUp(server);
    const { token } = await fixture().admin();
    const look = async (): Promise<unknown> =>
      (await server.client().ask(USER, { token, variables: { id: person.id } })).body.data;
    const before = (await look()) as { users: { totalCount: number } };
    await remove(person);
    expect(await look()).toEqual({ user: null, users: { totalCount: before.users.totalCount - 1 } });
  });

  test('asks for a proof of the password that is no older than ten minutes', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    clock.advance(600_000 + 1_000);
    const old = await refreshed(server, person);
    expect(await remove(old)).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
    expect((await remove(await signIn(server, person))).status).toBe(200);
  });

  test('is refused to who is not signed in', async () => {
    const answer = await fixture().server.client().ask(DELETE_ACCOUNT);
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('is refused to the last administrator, with nothing changed', async () => {
    const { server } = fixture();
    const admin = await fixture().admin();
    expect(await remove(admin)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await server.client().ask('{ viewer { roles } }', { token: admin.token })).body.data).toEqual({
      viewer: { roles: ['ADMIN'] },
    });
    const second = await fixture().withRole('ADMIN');
    expect((await remove(second)).status).toBe(200);
    expect(await server.client().ask(WITHDRAW, { token: admin.token, variables: { id: admin.id } })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('clears no cookie: that is for signOut, which does it afterwards', async () => {
    const { server } = fixture();
    const browser = await signInBrowser(server, await signUp(server));
    const answer = await browser.ask(DELETE_ACCOUNT);
    expect([answer.status, readSetCookies(answer.headers)]).toEqual([200, []]);
    const signedOut = await browser.ask('mutation { signOut { signedOut } }');
    expect(signedOut.body.data).toEqual({ signOut: { signedOut: false } });
    // The device stays known: its cookie signs nobody in.
    expect([...browser.cookies.keys()]).toEqual(['latchkey-device']);
  });
});
