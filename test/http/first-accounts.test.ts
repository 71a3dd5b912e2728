import { expect, test } from '@jest/globals';
import { startServer } from '../support/server.js';
import { describeOnEachStore } from '../support/stores.js';
import { freshEmail, PASSWORD, signIn, SIGN_UP, signUp } from './support/people.js';

describeOnEachStore('The first accounts', (createFresh) => {
  test('with SIGN_UP=closed only the set-up code makes an account', async () => {
    const server = await startServer(createFresh().url, { environment: { SIGN_UP: 'closed' } });
    try {
      const input = { email: freshEmail(), password: PASSWORD };
      expect(await server.client().ask(SIGN_UP, { variables: { input } })).toMatchObject({
        status: 403,
        code: 'FORBIDDEN',
      });
      const wrong = { ...input, setupCode: 'wrong' };
      expect((await server.client().ask(SIGN_UP, { variables: { input: wrong } })).code).toBe('BAD_USER_INPUT');
      const code = server.app.setUpCode ?? '';
      const { token } = await signUp(server, { ...input, setupCode: code.toUpperCase().replaceAll('-', ' ') });
      const { body } = await server.client().ask('{ viewer { roles } }', { token });
      expect(body.data).toEqual({ viewer: { roles: ['ADMIN'] } });
      expect(
        (await server.client().ask(SIGN_UP, { variables: { input: { ...input, email: freshEmail() } } })).code,
      ).toBe('FORBIDDEN');
    } finally {
      await server.close();
    }
  });

  test('ADMIN_EMAIL and ADMIN_PASSWORD make that administrator once, and then there is no set-up code', async () => {
    const { url } = createFresh();
    const environment = { ADMIN_EMAIL: 'Root@example.com', ADMIN_PASSWORD: PASSWORD };
    for (const password of [PASSWORD, 'another password']) {
      const server = await startServer(url, { environment: { ...environment, ADMIN_PASSWORD: password } });
      try {
        expect(server.app.setUpCode).toBeNull();
        const { token } = await signIn(server, { email: 'root@EXAMPLE.com', password: PASSWORD });
        const { body } = await server.client().ask('{ viewer { email roles } users { totalCount } }', { token });
        expect(body.data).toEqual({
          viewer: { email: 'Root@example.com', roles: ['ADMIN'] },
          users: { totalCount: 1 },
        });
      } finally {
        await server.close();
      }
    }
  });

  test('ADMIN_EMAIL of an account with another password, or a weak ADMIN_PASSWORD, stops the start', async () => {
    const { url } = createFresh();
    const server = await startServer(url);
    const { email } = await signUp(server);
    await server.close();
    const start = (ADMIN_EMAIL: string, ADMIN_PASSWORD: string) =>
      startServer(url, { environment: { ADMIN_EMAIL, ADMIN_PASSWORD } });

    await expect(start(email, 'not the password')).rejects.toThrow(/ADMIN_EMAIL/);
    await expect(start(freshEmail(), 'short')).rejects.toThrow(/ADMIN_PASSWORD/);
    await expect(start('no address', PASSWORD)).rejects.toThrow(/ADMIN_EMAIL/);
  });

  test('every start without an administrator has a code of its own, all hold, and one use voids them all', async () => {
    const { url } = createFresh();
    const environment = { PUBLIC_URL: 'http://localhost:4000' };
    const servers = [await startServer(url, { environment }), await startServer(url, { environment })];
    const codes = servers.map(({ app }) => app.setUpCode ?? '');
    expect(new Set(codes).size).toBe(2);
    const attempts = codes.map((setupCode, index) =>
      servers[1 - index]!.client().ask(SIGN_UP, {
        variables: { input: { email: freshEmail(), password: PASSWORD, setupCode } },
      }),
    );
    const answers = await Promise.all(attempts);

    expect(answers.map(({ code }) => code ?? 'made').sort()).toEqual(['BAD_USER_INPUT', 'made']);
    await Promise.all(servers.map((server) => server.close()));
  });
});
