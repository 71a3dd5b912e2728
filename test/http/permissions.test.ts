import { expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { startServer, type TestServer } from '../support/server.js';
import { eventually } from './support/eventually.js';
import { describeOnEachServer } from './support/fixture.js';
import { refreshed, signIn, signUp, type Person } from './support/people.js';
import { writeUser } from './support/raw-store.js';

const SET = `mutation ($role: Role!, $permissions: [String!]!) {
  setRolePermissions(role: $role, permissions: $permissions) { rolePermissions { role permissions } }
}`;
const LIST = '{ rolePermissions { role permissions } }';
const OWN = '{ viewer { id roles permissions } session { id } }';
const OF_USER = 'query ($id: ID) { user(id: $id) { permissions } }';
const HOUR_MS = 3_600_000;

describeOnEachServer(
  'Permissions over HTTP',
  (fixture) => {
    const ask = (query: string, token: string | null, variables: Record<string, unknown> = {}) =>
      fixture().server.client().ask(query, { token, variables });
    const set = async (role: string, permissions: readonly string[]): Promise<Answer> =>
      ask(SET, (await fixture().admin()).token, { role, permissions });
    const listed = async (admin?: Person): Promise<unknown> => {
      const { token } = admin ?? (await fixture().admin());
      return (await ask(LIST, token)).body.data?.['rolePermissions'];
    };
    const own = async ({ token }: Person, server: TestServer = fixture().server): Promise<unknown> => {
      const { body } = await server.client().ask(OWN, { token });
      return (body.data?.['viewer'] as { permissions: unknown } | null)?.permissions ?? body.errors;
    };

    test('are those of the viewer’s roles, from the next request on, with the access token as it is', async () => {
      const editor = await fixture().withRole('EDITOR');
      expect(await own(editor)).toEqual([]);
      const answer = await set('EDITOR', ['post:write', 'post:read', 'post:write']);
      const permissions = ['post:read', 'post:write'];
      expect(answer.body).toEqual({
        data: { setRolePermissions: { rolePermissions: { role: 'EDITOR', permissions } } },
      });
      expect(await own(editor)).toEqual(permissions);
      expect(await own(await fixture().admin())).toEqual([]);
      await set('EDITOR', []);
      expect(await own(editor)).toEqual([]);
      expect(fixture().server.log()).toContain('permissions.changed');
    });

    test('are told to who has just signed in or refreshed, in the same operation', async () => {
      await set('EDITOR', ['post:write']);
      const editor = await fixture().withRole('EDITOR');
      const query = `mutation ($t: String) {
        refreshSession(input: { refreshToken: $t }) { user { permissions } session { user { permissions } } }
      }`;
      expect((await ask(query, null, { t: editor.refreshToken })).body.data).toEqual({
        refreshSession: { user: { permissions: ['post:write'] }, session: { user: { permissions: ['post:write'] } } },
      });
    });

    test('of every role of the server are listed to administrators, also of those that allow nothing', async () => {
      await set('EDITOR', ['post:write']);
      await set('MODERATOR', ['post:hide']);
      expect(await listed()).toEqual([
        { role: 'ADMIN', permissions: [] },
        { role: 'MODERATOR', permissions: ['post:hide'] },
        { role: 'EDITOR', permissions: ['post:write'] },
        { role: 'TRANSLATOR', permissions: [] },
      ]);
    });

    test('of a user are for the user, administrators and moderators alone', async () => {
      const { server } = fixture();
      await set('EDITOR', ['post:write']);
      const editor = await fixture().withRole('EDITOR');
      const stranger = await signUp(server);
      for (const { token } of [await fixture().admin(), await fixture().withRole('MODERATOR')]) {
        const { body } = await ask(OF_USER, token, { id: editor.id });
        expect(body).toEqual({ data: { user: { permissions: ['post:write'] } } });
      }
      expect((await ask(OF_USER, stranger.token, { id: editor.id })).code).toBe('FORBIDDEN');
      const atSignIn = `mutation ($input: SignInInput!) { signIn(input: $input) { user { permissions } } }`;
      const input = { email: editor.email, password: editor.password };
      expect((await ask(atSignIn, null, { input })).body.data).toEqual({
        signIn: { user: { permissions: ['post:write'] } },
      });
    });

    test('of a role that the server does not know are none', async () => {
      const { server, backend } = fixture();
      await set('EDITOR', ['post:write']);
      const user = await signUp(server);
      await writeUser(backend.url, user.id, { roles: ['SUPERUSER', 'EDITOR'] });
      expect(await own(await signIn(server, user))).toEqual(['post:write']);
      expect(await set('SUPERUSER', ['everything'])).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    });

    test('are read and set by administrators alone, and set only with a fresh proof of the password', async () => {
      const { server, clock } = fixture();
      await set('EDITOR', ['post:write']);
      const variables = { role: 'EDITOR', permissions: ['post:delete'] };
      const editor = await fixture().withRole('EDITOR');
      const moderator = await fixture().withRole('MODERATOR');
      let admin = await fixture().admin();
      clock.advance(HOUR_MS + 1_000);
      admin = await refreshed(server, admin);
      const others = [await signIn(server, editor), await signIn(server, moderator)];
      const before = await listed();

      for (const query of [SET, LIST]) {
        expect(await ask(query, null, variables)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
        for (const { token } of others) {
          expect(await ask(query, token, variables)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
        }
      }
      expect(await ask(SET, admin.token, variables)).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
      expect(await listed(admin)).toEqual(before);
    });

    test.each([
      ['a name with a space', ['post:read', 'post write']],
      ['a wildcard', ['post:*']],
      ['an empty name', ['']],
      ['a name of 101 characters', ['a'.repeat(101)]],
      ['a list of 501', Array.from({ length: 501 }, (_, index) => `post:${index}`)],
    ])('are refused with the field, and stay as they were: %s', async (_name, permissions) => {
      await set('EDITOR', ['post:write']);
      const answer = await set('EDITOR', permissions);
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      expect(answer.body.errors?.[0]?.extensions['field']).toBe('permissions');
      expect(await own(await fixture().withRole('EDITOR'))).toEqual(['post:write']);
    });

    test('that another server set hold here as soon as the database has told of it', async () => {
      const { backend, clock } = fixture();
      const editor = await fixture().withRole('EDITOR');
      const environment = { ROLES: 'EDITOR, TRANSLATOR', PUBLIC_URL: fixture().server.origin };
      const other = await startServer(backend.url, { environment, clock });
      try {
        for (const permissions of [['post:write'], ['post:read'], []]) {
          await set('EDITOR', permissions);
          await eventually(async () => JSON.stringify(await own(editor, other)) === JSON.stringify(permissions));
        }
      } finally {
        await other.close();
      }
    });
  },
  { ROLES: 'EDITOR, TRANSLATOR' },
);
