import { expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';
import { signIn, signUp } from './support/people.js';
import { readRows, writeUser } from './support/raw-store.js';

const BAN_FIELDS = 'ban { reason publicReason until at by { id } }';

describeOnEachServer(
  'What of a user is shown, and to whom',
  (fixture) => {
    const ask = (query: string, token: string | null, variables: Record<string, unknown> = {}) =>
      fixture().server.client().ask(query, { token, variables });

    test('of a ban, the reason and who declared it are for administrators and moderators alone', async () => {
      const { server } = fixture();
      const admin = await fixture().admin();
      const user = await signUp(server);
      const input = { userId: user.id, reason: 'internal words', publicReason: 'public words' };
      await ask('mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }', admin.token, { input });

      // Who is banned is told the public reason at sign-in and refresh, and can ask for nothing more.
      const own = await ask(`{ viewer { ${BAN_FIELDS} } }`, user.token);
      expect(own).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
      expect(JSON.stringify(own.body)).not.toContain('words');

      const moderator = await fixture().withRole('MODERATOR');
      for (const { token } of [admin, moderator]) {
        const seen = await ask(`query ($id: ID) { user(id: $id) { ${BAN_FIELDS} } }`, token, { id: user.id });
        expect(seen.body.errors).toBeUndefined();
        expect(seen.body.data).toMatchObject({ user: { ban: { reason: 'internal words', by: { id: admin.id } } } });
      }
    });

    test('a moderator reads everything of another user, their sessions too', async () => {
      const user = await signUp(fixture().server);
      const { token } = await fixture().withRole('MODERATOR');
      const query = `query ($id: ID) {
        user(id: $id) { email emailVerified createdAt lastSignInAt roles ban { at } sessions { id current user { email } } }
      }`;
      const answer = await ask(query, token, { id: user.id });
      expect(answer.body.errors).toBeUndefined();
      expect(answer.body.data).toMatchObject({
        user: { email: user.email, sessions: [{ id: user.sessionId, current: false, user: { email: user.email } }] },
      });
    });

    test('ROLES adds to enum Role what can be granted, shown and asked for', async () => {
      const { token } = await fixture().admin();
      const editor = await fixture().withRole('EDITOR');
      const { body } = await ask('{ __type(name: "Role") { enumValues { name } } viewer { id } }', token);
      const names = (body.data?.['__type'] as { enumValues: { name: string }[] }).enumValues.map(({ name }) => name);

      expect(names.sort()).toEqual(['ADMIN', 'EDITOR', 'MODERATOR', 'TRANSLATOR']);
      expect((await ask('{ viewer { roles } }', editor.token)).body.data).toEqual({ viewer: { roles: ['EDITOR'] } });
      const listed = await ask('{ users(filter: { role: EDITOR }) { nodes { id roles } } }', token);
      expect(listed.body.data).toEqual({ users: { nodes: [{ id: editor.id, roles: ['EDITOR'] }] } });
    });

    test('a role in the store that this server does not know is kept, never shown, and allows nothing', async () => {
      const { server, backend } = fixture();
      const { token } = await fixture().admin();
      const user = await signUp(server);
      await writeUser(backend.url, user.id, { roles: ['SUPERUSER', 'admin'] });
      const again = await signIn(server, user);

      expect((await ask('{ viewer { roles } }', again.token)).body.data).toEqual({ viewer: { roles: [] } });
      expect((await ask('{ users { totalCount } }', again.token)).code).toBe('FORBIDDEN');
      const grant = 'mutation ($id: ID!) { grantRole(userId: $id, role: EDITOR) { user { roles } } }';
      expect((await ask(grant, token, { id: user.id })).body.data).toEqual({
        grantRole: { user: { roles: ['EDITOR'] } },
      });
      const rows = await readRows(backend.url);
      const row = rows['users']?.find((each) => (each['_id'] ?? each['id']) === user.id);
      const kept: unknown = typeof row?.['roles'] === 'string' ? JSON.parse(row['roles']) : row?.['roles'];
      expect(kept).toEqual(['SUPERUSER', 'admin', 'EDITOR']);
    });
  },
  { ROLES: 'EDITOR, TRANSLATOR' },
);
