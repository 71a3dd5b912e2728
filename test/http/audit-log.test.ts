import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../support/clock.js';
import type { Answer, Client } from '../support/client.js';
import { startMailServer, tokenIn, type MailServer } from '../support/mail-server.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnEachBackend, type Backend } from '../support/stores.js';
import {
  freshEmail,
  PASSWORD,
  refreshed,
  REFRESH,
  SIGN_IN,
  SIGN_OUT,
  SIGN_UP,
  signIn,
  signUp,
  type Person,
} from './support/people.js';
import { dumpStore, readRows } from './support/raw-store.js';

const LOG = `query ($first: Int, $after: String, $filter: AuditFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    nodes { id at action outcome actor { id } subject { id } sessionHash ipAddress userAgent reason }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const NEW_PASSWORD = 'staple gun of another color';
const MINUTE_MS = 60_000;

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly outcome: string;
  readonly actor: { readonly id: string } | null;
  readonly subject: { readonly id: string } | null;
  readonly sessionHash: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly reason: string | null;
}

interface Page {
  readonly nodes: readonly Entry[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } & Record<string, unknown>;
}

const hashOf = (sessionId: string): string => createHash('sha256').update(sessionId).digest('base64url');

let nextAddress = 1;

describeOnEachBackend('auditLog over HTTP', (name) => {
  let backend: Backend;
  let mail: MailServer;
  let server: TestServer;
  let clock: ManualClock;
  let admin: Person;
  let ipAddress: string;
  let first: Person;
  beforeAll(async () => {
    backend = createBackend(name);
    mail = await startMailServer();
    clock = new ManualClock();
    const environment = { SMTP_URL: mail.url, TRUST_PROXY: '1', ROLES: 'EDITOR' };
    server = await startServer(backend.url, { environment, clock });
    first = await signUp(server, { setupCode: server.app.setUpCode ?? '' });
  });
  afterAll(async () => {
    await server.close();
    await mail.close();
    await backend.destroy();
  });
  beforeEach(async () => {
    // Entries of one millisecond stand in no order: each act of these tests has its own.
    clock.advance(MINUTE_MS);
    admin = await signIn(server, first);
    ipAddress = `198.51.100.${nextAddress++}`;
  });

  const ask = (
    query: string,
    variables: Record<string, unknown> = {},
    token: string | null = null,
  ): Promise<Answer> => {
    clock.advance(1);
    const headers = { 'x-forwarded-for': ipAddress, 'user-agent': 'A test' };
    return server.client().ask(query, { variables, token, headers });
  };
  const asAdmin = (query: string, variables: Record<string, unknown> = {}): Promise<Answer> =>
    ask(query, variables, admin.token);
  const page = async (variables: Record<string, unknown> = {}): Promise<Page> =>
    (await asAdmin(LOG, variables)).body.data?.['auditLog'] as Page;
  const about = async (subjectId: string): Promise<readonly Entry[]> =>
    (await page({ first: 100, filter: { subjectId } })).nodes;

  /** Does this, and answers what the log has then that it had not before, oldest first. */
  async function told(act: () => Promise<unknown>): Promise<Entry[]> {
    const before = new Set((await page({ first: 100 })).nodes.map(({ id }) => id));
    clock.advance(1);
    await act();
    return (await page({ first: 100 })).nodes.filter(({ id }) => !before.has(id)).reverse();
  }

  /** An entry of a success, from where these tests ask. */
  const entry = (fields: Partial<Entry>): unknown => ({
    ...{ id: expect.any(String), at: expect.any(String), outcome: 'success', actor: null, subject: null },
    ...{ sessionHash: null, ipAddress, userAgent: 'A test', reason: null },
    ...fields,
  });
  const by = ({ id, sessionId }: Person): Partial<Entry> => ({ actor: { id }, sessionHash: hashOf(sessionId) });
  const byAdmin = (): Partial<Entry> => by(admin);

  describe('tells, with actor, subject, session, address, program and time, of', () => {
    test('a sign-up and each sign-in', async () => {
      const email = freshEmail();
      let person = '';
      let sessionId = '';
      const entries = await told(async () => {
        const answer = await ask(SIGN_UP, { input: { email, password: PASSWORD } });
        person = answer.text('signUp.user.id');
        sessionId = answer.text('signUp.session.id');
      });
      const actor = { actor: { id: person }, subject: { id: person } };
      expect(entries).toHaveLength(2);
      expect(entries).toEqual(
        expect.arrayContaining([
          entry({ ...actor, action: 'user-created' }),
          entry({ ...actor, action: 'sign-in', sessionHash: hashOf(sessionId) }),
        ]),
      );
      const [again] = await told(async () => {
        sessionId = (await ask(SIGN_IN, { input: { email, password: PASSWORD } })).text('signIn.session.id');
      });
      expect(again).toEqual(entry({ ...actor, action: 'sign-in', sessionHash: hashOf(sessionId) }));
      expect(again?.at).toBe(new Date(clock.now().getTime() - 1).toISOString());
    });

    test('a refused sign-in: of a wrong password, an unknown address and a ban, and never what was typed', async () => {
      const person = await signUp(server);
      const tryIt = (email: string, password: string) => () => ask(SIGN_IN, { input: { email, password } });
      const failure = { action: 'sign-in', outcome: 'failure' };
      expect(await told(tryIt(person.email, 'typed by mistake'))).toEqual([
        entry({ ...failure, subject: { id: person.id }, reason: 'INVALID_CREDENTIALS' }),
      ]);
      expect(await told(tryIt('typed-by-mistake@example.com', PASSWORD))).toEqual([
        entry({ ...failure, reason: 'INVALID_CREDENTIALS' }),
      ]);
      await asAdmin(BAN, { input: { userId: person.id } });
      const refused = await told(tryIt(person.email, PASSWORD));
      expect(refused).toContainEqual(entry({ ...failure, subject: { id: person.id }, reason: 'USER_BANNED' }));
      expect((await dumpStore(backend.url)).includes('typed')).toBe(false);
    });

    test('a sign-out and a theft of a refresh token, by whoever holds it', async () => {
      const person = await signUp(server);
      const signOut = () => ask(SIGN_OUT, { input: { refreshToken: person.refreshToken } });
      const session = { subject: { id: person.id }, sessionHash: hashOf(person.sessionId) };
      expect(await told(signOut)).toEqual([entry({ ...session, action: 'sign-out', actor: { id: person.id } })]);
      expect(await told(signOut)).toEqual([]);

      const victim = await signUp(server);
      const thirdPair = await refreshed(server, await refreshed(server, victim));
      clock.advance(MINUTE_MS);
      await refreshed(server, thirdPair);
      clock.advance(MINUTE_MS);
      const steal = () => ask(REFRESH, { input: { refreshToken: victim.refreshToken } });
      expect(await told(steal)).toEqual([
        entry({
          ...{ action: 'refresh-theft', outcome: 'failure' },
          ...{ subject: { id: victim.id }, sessionHash: hashOf(victim.sessionId) },
        }),
      ]);
    });

    test('sessions that their user ends, and that an administrator does', async () => {
      const person = await signUp(server);
      const [second, third] = [await signIn(server, person), await signIn(server, person)];
      const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) { revokedSessionIds } }';
      const own = { action: 'session-revoked', actor: { id: person.id }, subject: { id: person.id } };
      expect(await told(() => ask(revoke, { id: second.sessionId }, person.token))).toEqual([
        entry({ ...own, sessionHash: hashOf(second.sessionId) }),
      ]);
      expect(await told(() => ask('mutation { revokeOtherSessions { revokedSessionIds } }', {}, person.token))).toEqual(
        [entry({ ...own, sessionHash: hashOf(third.sessionId) })],
      );
      const revokeAll = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }';
      expect(await told(() => asAdmin(revokeAll, { id: person.id }))).toEqual([
        entry({ ...byAdmin(), action: 'sessions-revoked', subject: { id: person.id } }),
      ]);
    });

    test('a ban, a change of it and its end, each with its reason: the history of the account', async () => {
      const person = await signUp(server);
      const userId = person.id;
      const until = new Date(clock.now().getTime() + MINUTE_MS).toISOString();
      await asAdmin(BAN, { input: { userId, reason: 'spam in #general', publicReason: 'Spam' } });
      await asAdmin(BAN, { input: { userId, reason: 'spam, but the first time', until } });
      await asAdmin('mutation ($id: ID!) { unbanUser(userId: $id) { user { id } } }', { id: userId });
      const history = await page({ filter: { subjectId: userId, action: ['user-banned', 'user-unbanned'] } });
      const common = { ...byAdmin(), subject: { id: userId } };
      expect(history.nodes).toEqual([
        entry({ ...common, action: 'user-unbanned' }),
        entry({ ...common, action: 'user-banned', reason: 'spam, but the first time' }),
        entry({ ...common, action: 'user-banned', reason: 'spam in #general' }),
      ]);
    });

    test('roles and what they allow', async () => {
      const { id } = await signUp(server);
      const act = (field: string) => () =>
        asAdmin(`mutation ($id: ID!) { ${field}(userId: $id, role: EDITOR) { user { id } } }`, { id });
      const common = { ...byAdmin(), subject: { id }, reason: 'EDITOR' };
      expect(await told(act('grantRole'))).toEqual([entry({ ...common, action: 'role-granted' })]);
      expect(await told(act('grantRole'))).toEqual([]);
      expect(await told(act('withdrawRole'))).toEqual([entry({ ...common, action: 'role-withdrawn' })]);
      const allow = `mutation { setRolePermissions(role: EDITOR, permissions: ["post:${name}"]) { rolePermissions { role } } }`;
      expect(await told(() => asAdmin(allow))).toEqual([
        entry({ ...byAdmin(), action: 'permissions-changed', reason: `EDITOR: post:${name}` }),
      ]);
    });

    test('signing keys, by their ids', async () => {
      const rotate = 'mutation ($revoke: Boolean) { rotateSigningKey(revokeCurrent: $revoke) { key { id } } }';
      let kid = '';
      const rotated = await told(async () => void (kid = (await asAdmin(rotate)).text('rotateSigningKey.key.id')));
      expect(rotated).toHaveLength(2);
      expect(rotated).toContainEqual(entry({ ...byAdmin(), action: 'signing-key-activated', reason: kid }));
      expect(rotated).toContainEqual(
        entry({ ...byAdmin(), action: 'signing-key-created', reason: expect.any(String) as unknown as string }),
      );
      const before = admin;
      const revoked = await told(async () => {
        await asAdmin(rotate, { revoke: true });
        admin = await signIn(server, first);
      });
      expect(revoked).toContainEqual(entry({ ...by(before), action: 'signing-key-revoked', reason: kid }));
    });

    test('passwords: changed, proved anew, and refused', async () => {
      const person = await signUp(server);
      const change = (currentPassword: string) => () => {
        const input = { currentPassword, newPassword: NEW_PASSWORD };
        return ask(
          'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { revokedSessionIds } }',
          { input },
          person.token,
        );
      };
      const own = { ...by(person), subject: { id: person.id } };
      const refusal = { outcome: 'failure', reason: 'INVALID_CREDENTIALS' };
      expect(await told(change('not the password'))).toEqual([
        entry({ ...own, ...refusal, action: 'password-changed' }),
      ]);
      // The session goes on by the password that was proved: that is told of it too.
      const changed = await told(change(PASSWORD));
      expect(changed).toHaveLength(2);
      expect(changed).toContainEqual(entry({ ...own, action: 'password-changed' }));
      expect(changed).toContainEqual(entry({ ...own, action: 'reauthentication' }));

      const again = await signIn(server, { ...person, password: NEW_PASSWORD });
      const prove = (password: string) => () =>
        ask(
          'mutation ($p: String!) { reauthenticate(input: { password: $p }) { session { id } } }',
          { p: password },
          again.token,
        );
      const inAgain = { ...by(again), subject: { id: person.id }, action: 'reauthentication' };
      expect(await told(prove('not the password'))).toEqual([entry({ ...inAgain, ...refusal })]);
      expect(await told(prove(NEW_PASSWORD))).toEqual([entry(inAgain)]);
    });

    test('mails that were asked for, and what they were good for', async () => {
      const person = await signUp(server);
      const { id, email } = person;
      let token = '';
      const requested = await told(async () => {
        await ask('mutation ($email: String!) { requestPasswordReset(email: $email) { requested } }', { email });
        token = tokenIn(await mail.next(email));
      });
      const subject = { subject: { id } };
      expect(requested).toEqual([entry({ ...subject, action: 'password-reset-requested' })]);
      const reset = (given: string) => () =>
        ask('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { reset } }', {
          input: { token: given, newPassword: NEW_PASSWORD },
        });
      const refused = { outcome: 'failure', reason: 'BAD_USER_INPUT', action: 'password-reset' };
      expect(await told(reset('lkm_nonsense'))).toEqual([entry(refused)]);
      expect(await told(reset(token))).toEqual([entry({ ...subject, action: 'password-reset' })]);
      expect(await told(reset(token))).toEqual([entry({ ...subject, ...refused })]);

      // The reset has shown already that mail arrives.
      const other = await signUp(server);
      const asked = await told(async () => {
        await ask('mutation { requestEmailVerification { requested } }', {}, other.token);
        token = tokenIn(await mail.next(other.email));
      });
      expect(asked).toEqual([
        entry({ ...by(other), subject: { id: other.id }, action: 'email-verification-requested' }),
      ]);
      const verify = () => ask('mutation ($token: String!) { verifyEmail(token: $token) { verified } }', { token });
      expect(await told(verify)).toEqual([entry({ subject: { id: other.id }, action: 'email-verified' })]);
    });

    test('a look at all that is held about somebody, by them', async () => {
      const person = await signUp(server);
      const entries = await told(() => ask('mutation { exportMyData { data } }', {}, person.token));
      expect(entries).toEqual([entry({ ...by(person), subject: { id: person.id }, action: 'data-exported' })]);
    });

    test('too many tries, once for each time in which none is allowed', async () => {
      const person = await signUp(server);
      const tries = async (count: number): Promise<string[]> => {
        const entries = await told(async () => {
          for (let made = 0; made < count; made += 1) {
            await ask(SIGN_IN, { input: { email: person.email, password: 'not the password' } });
          }
        });
        return entries.map(({ outcome, reason }) => `${outcome} ${String(reason)}`);
      };
      const wrong = 'failure INVALID_CREDENTIALS';
      expect(await tries(12)).toEqual([wrong, wrong, wrong, wrong, wrong, 'failure RATE_LIMITED']);
      expect(await tries(3)).toEqual([]);
      clock.advance(10_000);
      expect(await tries(4)).toEqual([wrong, 'failure RATE_LIMITED']);
    });
  });

  test('an account that is deleted leaves its entries, with its id and nothing else of the person', async () => {
    const person = await signUp(server);
    await ask('mutation { deleteAccount { deleted } }', {}, person.token);
    const query = `query ($id: ID) { auditLog(filter: { subjectId: $id }) {
      nodes { action actor { id email roles ban { at } sessions { id } } subject { id email emailVerified createdAt permissions } }
    } }`;
    const answer = await asAdmin(query, { id: person.id });
    expect(answer.body.errors).toBeUndefined();
    const gone = {
      actor: { id: person.id, email: null, roles: null, ban: null, sessions: null },
      subject: { id: person.id, email: null, emailVerified: null, createdAt: null, permissions: null },
    };
    expect(answer.body.data).toEqual({
      auditLog: {
        nodes: expect.arrayContaining([
          { ...gone, action: 'user-deleted' },
          { ...gone, action: 'sign-in' },
          { ...gone, action: 'user-created' },
        ]),
      },
    });
    expect((await about(person.id))[0]).toEqual(
      entry({ ...by(person), subject: { id: person.id }, action: 'user-deleted' }),
    );
    expect(JSON.stringify(await readRows(backend.url))).not.toContain(person.email);
  });

  test('whoever asks what is held about them is given their history, without others\u2019 addresses and reasons', async () => {
    const person = await signUp(server);
    await asAdmin(BAN, { input: { userId: person.id, reason: 'an internal one' } });
    await asAdmin('mutation ($id: ID!) { unbanUser(userId: $id) { user { id } } }', { id: person.id });
    await ask(SIGN_IN, { input: { email: person.email, password: 'not the password' } });
    const again = (await ask(SIGN_IN, { input: { email: person.email, password: PASSWORD } })).text(
      'signIn.accessToken',
    );
    const text = (await ask('mutation { exportMyData { data } }', {}, again)).text('exportMyData.data');
    const { history } = JSON.parse(text) as { history: Record<string, unknown>[] };
    const own = { outcome: 'success', ipAddress, userAgent: 'A test', reason: null };
    const others = { ...own, ipAddress: null, userAgent: null };
    expect(history.slice(0, 5)).toEqual([
      { at: expect.any(String), ...own, action: 'data-exported' },
      { at: expect.any(String), ...own, action: 'sign-in' },
      { at: expect.any(String), ...own, action: 'sign-in', outcome: 'failure', reason: 'INVALID_CREDENTIALS' },
      { at: expect.any(String), ...others, action: 'user-unbanned' },
      { at: expect.any(String), ...others, action: 'user-banned' },
    ]);
    expect(text).not.toMatch(/an internal one/);
  });

  describe('is read', () => {
    test('by administrators alone', async () => {
      const person = await signUp(server);
      const moderator = await signUp(server);
      await asAdmin('mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }', {
        id: moderator.id,
      });
      const { token } = await refreshed(server, moderator);
      for (const each of [person.token, token]) {
        expect(await ask(LOG, {}, each)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
      }
      expect(await ask(LOG)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    });

    test('in pages that stay where they are while entries are added, newest first', async () => {
      const people = [await signUp(server), await signUp(server), await signUp(server)];
      const before = (await page({ first: 100 })).nodes.map(({ id }) => id);
      const seen: string[] = [];
      let after: string | null = null;
      for (let read = 0; read < 5; read += 1) {
        const { nodes, edges, pageInfo }: Page = await page({ first: 3, after });
        expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
        expect(pageInfo).toEqual({
          ...{ hasNextPage: true, hasPreviousPage: after !== null },
          ...{ startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor },
        });
        seen.push(...nodes.map(({ id }) => id));
        after = pageInfo.endCursor;
        await signIn(server, people[read % 3]!);
      }
      expect(seen).toEqual(before.slice(0, 15));
    });

    test('by action, actor, subject, address and time', async () => {
      const start = clock.now().toISOString();
      const person = await signUp(server);
      await ask(SIGN_IN, { input: { email: person.email, password: PASSWORD } });
      await asAdmin(BAN, { input: { userId: person.id } });
      const end = clock.now().toISOString();
      const actions = async (filter: Record<string, unknown>): Promise<string[]> =>
        (await page({ first: 100, filter })).nodes.map(({ action }) => action);

      expect(await actions({ subjectId: person.id, actorId: admin.id })).toEqual(['user-banned']);
      expect(await actions({ subjectId: person.id, action: ['sign-in', 'user-created'], ipAddress })).toEqual([
        'sign-in',
      ]);
      expect(await actions({ ipAddress })).toEqual(['user-banned', 'sign-in']);
      expect(await actions({ ipAddress, before: end })).toEqual(['sign-in']);
      expect(await actions({ ipAddress, after: end })).toEqual([]);
      expect(await actions({ ipAddress, after: start, before: null })).toEqual(['user-banned', 'sign-in']);
      expect(await actions({ action: ['no-such-action'] })).toEqual([]);
      expect(await actions({ action: [] })).toEqual([]);
    });

    test.each([0, -1, 101])('not with first: %i, which is BAD_USER_INPUT', async (count) => {
      const answer = await asAdmin(LOG, { first: count });
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      expect(answer.body.errors?.[0]?.extensions['field']).toBe('first');
    });

    test('not with a cursor that it never gave, which is BAD_USER_INPUT', async () => {
      for (const after of ['', 'x', 'bm8', 'x'.repeat(10_000)]) {
        const answer = await asAdmin(LOG, { after });
        expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
        expect(answer.body.errors?.[0]?.extensions['field']).toBe('after');
      }
    });
  });

  test('cannot be changed: there is no mutation of it', async () => {
    const browser: Client = server.client();
    const { body } = await browser.ask('{ __schema { mutationType { fields { name } } } }');
    expect(JSON.stringify(body)).toMatch(/signIn/);
    expect(JSON.stringify(body)).not.toMatch(/audit/i);
  });
});

const BAN = 'mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }';
