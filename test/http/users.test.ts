import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { refresh, signIn, signUp, type Person } from './support/people.js';

const USERS = `query ($first: Int, $after: String, $filter: UserFilter) {
  users(first: $first, after: $after, filter: $filter) {
    totalCount nodes { id email } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { id: string; email: string }[];
  readonly edges: readonly { cursor: string; node: { id: string } }[];
  readonly pageInfo: Record<string, unknown> & { endCursor: string | null };
}

const pageOf = ({ body }: Answer): Page => body.data?.['users'] as Page;

describeOnEachServer('Reading users', (fixture) => {
  const ask = (query: string, token: string | null, variables: Record<string, unknown> = {}) =>
    fixture().server.client().ask(query, { token, variables });

  async function signUpMany(count: number): Promise<Person[]> {
    const people: Person[] = [];
    for (let made = 0; made < count; made += 1) {
      // Some of the same millisecond: the id then decides.
      if (made % 3 === 0) fixture().clock.advance(1);
      people.push(await signUp(fixture().server));
    }
    return people;
  }

  test('users pages forward through everybody, oldest first, each once', async () => {
    await signUpMany(7);
    const { token } = await fixture().admin();
    const seen: string[] = [];
    let after: string | null = null;
    let page: Page;
    do {
      page = pageOf(await ask(USERS, token, { first: 3, after }));
      const { nodes, edges, pageInfo } = page;
      expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
      expect(pageInfo).toMatchObject({
        hasPreviousPage: after !== null,
        startCursor: edges[0]?.cursor,
        endCursor: edges.at(-1)?.cursor,
      });
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
    } while (page.pageInfo['hasNextPage'] === true);

    const everybody = pageOf(await ask(USERS, token, { first: 100 }));
    expect(everybody.totalCount).toBe(8);
    expect(seen).toEqual(everybody.nodes.map(({ id }) => id));
    expect(new Set(seen).size).toBe(8);
    const behindTheLast = pageOf(await ask(USERS, token, { after }));
    expect(behindTheLast).toMatchObject({
      nodes: [],
      totalCount: 8,
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  describe('a filter', () => {
    test('by part of the address takes it as plain text, without regard to case', async () => {
      const { token } = await fixture().admin();
      const person = await signUp(fixture().server, { email: 'Some_Body%.*@filters.example' });
      const emails = async (emailContains: string) =>
        pageOf(await ask(USERS, token, { filter: { emailContains } })).nodes.map(({ email }) => email);

      expect(await emails('some_BODY%.*@')).toEqual([person.email]);
      expect(await emails('FILTERS.example')).toEqual([person.email]);
      expect(await emails('some?body')).toEqual([]);
      expect(await emails('s.me_body')).toEqual([]);
      expect(await emails('%filters%')).toEqual([]);
    });

    test('by role, by ban and by age narrows the list, and the count with it', async () => {
      const { clock } = fixture();
      const before = clock.now().toISOString();
      clock.advance(10);
      const moderator = await fixture().withRole('MODERATOR');
      const created = clock.now().toISOString();
      clock.advance(10);
      const banned = await signUp(fixture().server);
      const { token } = await fixture().admin();
      const ban = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }';
      await ask(ban, token, { id: banned.id });
      const listed = async (filter: Record<string, unknown>) => {
        const { nodes, totalCount } = pageOf(await ask(USERS, token, { first: 100, filter }));
        expect(totalCount).toBe(nodes.length);
        return nodes.map(({ id }) => id);
      };

      expect(await listed({ role: 'MODERATOR' })).toContain(moderator.id);
      expect(await listed({ role: 'MODERATOR' })).not.toContain(banned.id);
      expect(await listed({ banned: true })).toEqual([banned.id]);
      expect(await listed({ banned: false })).not.toContain(banned.id);
      expect(await listed({ createdAfter: before })).toEqual([moderator.id, banned.id]);
      expect(await listed({ createdAfter: created })).toEqual([banned.id]);
      expect(await listed({ createdAfter: before, createdBefore: created })).toEqual([]);
      expect(await listed({ createdAfter: before, banned: false })).toEqual([moderator.id]);
      expect(
        (await listed({ createdAfter: null, role: null, emailContains: null, banned: null })).length,
      ).toBeGreaterThan(8);
    });
  });

  test.each([0, -1, 101, 2_147_483_647])('first: %i is BAD_USER_INPUT', async (first) => {
    const { token } = await fixture().admin();
    const answer = await ask(USERS, token, { first });
    expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(answer.body.errors?.[0]?.extensions['field']).toBe('first');
  });

  test('a cursor that this list never gave is BAD_USER_INPUT', async () => {
    const { token } = await fixture().admin();
    for (const after of ['', 'x', '*', 'bm8', 'OTk5OTk5OTk5OTk5OTk5OTk6eA', '\u{1F600}', 'x'.repeat(10_000)]) {
      const answer = await ask(USERS, token, { after });
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      expect(answer.body.errors?.[0]?.extensions['field']).toBe('after');
    }
  });

  test('user finds by id or by address, and takes exactly one of them', async () => {
    const { token } = await fixture().admin();
    const person = await signUp(fixture().server);
    const find = async (variables: Record<string, unknown>) =>
      ask('query ($id: ID, $email: String) { user(id: $id, email: $email) { id email } }', token, variables);
    const found = { user: { id: person.id, email: person.email } };

    expect((await find({ id: person.id })).body.data).toEqual(found);
    expect((await find({ email: person.email.toUpperCase() })).body.data).toEqual(found);
    expect((await find({ id: person.id, email: null })).body.data).toEqual(found);
    for (const nobody of [{ id: 'nobody' }, { id: '' }, { email: 'nobody@example.com' }, { email: '' }]) {
      const answer = await find(nobody);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ data: { user: null } });
    }
    expect(await find({})).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await find({ id: person.id, email: person.email })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  test('a plain user reads neither users nor user, and of another user no more than the id', async () => {
    const { token, sessionId } = await signUp(fixture().server);
    expect(await ask(USERS, token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await ask('{ user(id: "x") { id } }', token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    const own = await ask('{ session { id user { id email } } viewer { email sessions { id } } }', token);
    expect(own.body.errors).toBeUndefined();
    expect(own.body.data).toMatchObject({ session: { id: sessionId } });
  });

  test('lastSignInAt and lastSeenAt follow what the user does', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    clock.advance(60_000);
    const again = await signIn(server, person);
    const signedInAt = clock.now().toISOString();
    clock.advance(60_000);
    await refresh(server, again.refreshToken);
    const { token } = await fixture().admin();
    const query = 'query ($id: ID) { user(id: $id) { lastSignInAt sessions { id lastSeenAt } } }';

    const answer = await ask(query, token, { id: person.id });
    expect(answer.body.data).toMatchObject({ user: { lastSignInAt: signedInAt } });
    expect(answer.body.data?.['user']).toMatchObject({
      sessions: [{ id: again.sessionId, lastSeenAt: clock.now().toISOString() }, { id: person.sessionId }],
    });
  });
});
