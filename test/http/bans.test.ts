import { expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, refresh, signIn, SIGN_IN, signUp } from './support/people.js';

const BAN = `mutation ($input: BanUserInput!) {
  banUser(input: $input) { revokedSessionIds user { id ban { reason publicReason until at by { id email } } sessions { id } } }
}`;
const UNBAN = 'mutation ($id: ID!) { unbanUser(userId: $id) { user { id ban { at } } } }';
const GRANT = 'mutation ($id: ID!, $role: Role!) { grantRole(userId: $id, role: $role) { user { roles } } }';
const WITHDRAW = 'mutation ($id: ID!, $role: Role!) { withdrawRole(userId: $id, role: $role) { user { roles } } }';

describeOnEachServer('Bans and roles', (fixture) => {
  const ask = (query: string, token: string | null, variables: Record<string, unknown> = {}) =>
    fixture().server.client().ask(query, { token, variables });
  const inAnHour = () => new Date(fixture().clock.now().getTime() + 3_600_000).toISOString();

  test('a ban ends every session, refuses sign-in and refresh, and tells the public reason and its end', async () => {
    const { server, clock } = fixture();
    const admin = await fixture().admin();
    const user = await signUp(server);
    const until = inAnHour();
    const input = { userId: user.id, reason: 'spam in #general', publicReason: 'Spam', until };

    expect((await ask(BAN, admin.token, { input })).body.data).toEqual({
      banUser: {
        revokedSessionIds: [user.sessionId],
        user: {
          id: user.id,
          sessions: [],
          ban: {
            ...{ reason: input.reason, publicReason: input.publicReason, until },
            at: clock.now().toISOString(),
            by: { id: admin.id, email: admin.email },
          },
        },
      },
    });
    const refusals = [
      await refresh(server, user.refreshToken),
      await ask(SIGN_IN, null, { input: { email: user.email, password: PASSWORD } }),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 403, code: 'USER_BANNED' });
      expect(refusal.body.errors?.[0]?.extensions).toEqual({ code: 'USER_BANNED', reason: 'Spam', until });
    }
    expect((await ask(SIGN_IN, null, { input: { email: user.email, password: 'a wrong one' } })).code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  test('a ban is over at its end, by itself: its sessions stay ended, sign-in works', async () => {
    const { server, clock } = fixture();
    const user = await signUp(server);
    const { token } = await fixture().admin();
    await ask(BAN, token, { input: { userId: user.id, until: inAnHour() } });
    clock.advance(3_599_999);
    expect((await ask(SIGN_IN, null, { input: { email: user.email, password: PASSWORD } })).code).toBe('USER_BANNED');

    clock.advance(1);
    expect((await signIn(server, user)).id).toBe(user.id);
    expect((await refresh(server, user.refreshToken)).code).toBe('SESSION_EXPIRED');
  });

  test('unbanUser lifts a ban for good; what the ban ended stays ended', async () => {
    const { server } = fixture();
    const { token } = await fixture().admin();
    const user = await signUp(server);
    await ask(BAN, token, { input: { userId: user.id } });

    expect((await ask(UNBAN, token, { id: user.id })).body.data).toEqual({
      unbanUser: { user: { id: user.id, ban: null } },
    });
    expect((await refresh(server, user.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect((await signIn(server, user)).id).toBe(user.id);
    expect((await ask(UNBAN, token, { id: 'nobody' })).code).toBe('NOT_FOUND');
  });

  test('a second ban takes the place of the first', async () => {
    const { token } = await fixture().admin();
    const user = await signUp(fixture().server);
    await ask(BAN, token, { input: { userId: user.id, reason: 'one', publicReason: 'One', until: inAnHour() } });
    const answer = await ask(BAN, token, { input: { userId: user.id, reason: 'two' } });
    expect(answer.body.data).toMatchObject({
      banUser: { user: { ban: { reason: 'two', publicReason: null, until: null } } },
    });
  });

  test('a ban that ends in the past, has a reason of 2,001 characters, or of nobody is refused', async () => {
    const { token } = await fixture().admin();
    const { id: userId } = await signUp(fixture().server);
    const refused = async (input: Record<string, unknown>) => {
      const { code, body } = await ask(BAN, token, { input: { userId, ...input } });
      return [code, body.errors?.[0]?.extensions['field']];
    };
    const now = fixture().clock.now().toISOString();

    expect(await refused({ until: now })).toEqual(['BAD_USER_INPUT', 'until']);
    expect(await refused({ reason: 'x'.repeat(2001) })).toEqual(['BAD_USER_INPUT', 'reason']);
    expect(await refused({ publicReason: 'x'.repeat(2001) })).toEqual(['BAD_USER_INPUT', 'publicReason']);
    expect(await refused({ userId: 'nobody' })).toEqual(['NOT_FOUND', undefined]);
    const { body } = await ask('query ($id: ID!) { user(id: $id) { ban { at } } }', token, { id: userId });
    expect(body.data).toEqual({ user: { ban: null } });
  });

  test('nobody bans themselves, and a moderator touches no administrator', async () => {
    const admin = await fixture().admin();
    const moderator = await fixture().withRole('MODERATOR');
    const forbidden = { status: 403, code: 'FORBIDDEN' };

    expect(await ask(BAN, admin.token, { input: { userId: admin.id } })).toMatchObject(forbidden);
    expect(await ask(BAN, moderator.token, { input: { userId: moderator.id } })).toMatchObject(forbidden);
    expect(await ask(BAN, moderator.token, { input: { userId: admin.id } })).toMatchObject(forbidden);
    expect(await ask(UNBAN, moderator.token, { id: admin.id })).toMatchObject(forbidden);
    const revoke = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }';
    expect(await ask(revoke, moderator.token, { id: admin.id })).toMatchObject(forbidden);
    expect(await ask(GRANT, moderator.token, { id: moderator.id, role: 'ADMIN' })).toMatchObject(forbidden);
    expect(await refresh(fixture().server, admin.refreshToken)).toMatchObject({ status: 200 });
  });

  test('the last administrator is neither demoted nor left alone by a ban of the other', async () => {
    const first = await fixture().admin();
    expect(await ask(WITHDRAW, first.token, { id: first.id, role: 'ADMIN' })).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    const second = await fixture().withRole('ADMIN');
    const answers = await Promise.all([
      ask(BAN, first.token, { input: { userId: second.id } }),
      ask(BAN, second.token, { input: { userId: first.id } }),
    ]);
    // Two who look at each other at the same moment may both step back: what counts is that one is left. Whose ban
    // comes second may be refused for being banned already.
    const banned = answers.filter(({ code }) => code === undefined);
    expect(banned.length).toBeLessThanOrEqual(1);
    const refused = answers.filter(
      ({ code }) => code === 'FORBIDDEN' || (banned.length > 0 && code === 'SESSION_EXPIRED'),
    );
    expect(refused).toHaveLength(2 - banned.length);

    // Whoever is left puts things right for the tests that follow.
    const [left, gone] = answers[0].code === undefined ? [first, second] : [second, first];
    // A ban that was undone has raised what their tokens are judged by.
    const { token } = await signIn(fixture().server, left);
    await ask(UNBAN, token, { id: gone.id });
    expect((await ask(WITHDRAW, token, { id: second.id, role: 'ADMIN' })).code).toBeUndefined();
  });

  test('grantRole and withdrawRole hold from the next refresh on, and sign nobody out', async () => {
    const { server } = fixture();
    const { token } = await fixture().admin();
    const user = await signUp(server);
    const rolesOf = async (refreshToken: string) => {
      const query = `mutation ($t: String) { refreshSession(input: { refreshToken: $t }) { refreshToken user { roles } } }`;
      const answer = await ask(query, null, { t: refreshToken });
      const { user: given } = answer.body.data?.['refreshSession'] as { user: { roles: string[] } };
      return { roles: given.roles, refreshToken: answer.text('refreshSession.refreshToken') };
    };

    expect((await ask(GRANT, token, { id: user.id, role: 'MODERATOR' })).body.data).toEqual({
      grantRole: { user: { roles: ['MODERATOR'] } },
    });
    const granted = await rolesOf(user.refreshToken);
    expect(granted.roles).toEqual(['MODERATOR']);
    expect((await ask(WITHDRAW, token, { id: user.id, role: 'MODERATOR' })).body.data).toEqual({
      withdrawRole: { user: { roles: [] } },
    });
    fixture().clock.advance(20_000);
    expect((await rolesOf(granted.refreshToken)).roles).toEqual([]);
  });

  test('granting what is held and withdrawing what is not changes nothing; of nobody it is NOT_FOUND', async () => {
    const { token, id } = await fixture().admin();
    expect((await ask(GRANT, token, { id, role: 'ADMIN' })).body.data).toEqual({
      grantRole: { user: { roles: ['ADMIN'] } },
    });
    expect((await ask(WITHDRAW, token, { id, role: 'MODERATOR' })).body.data).toEqual({
      withdrawRole: { user: { roles: ['ADMIN'] } },
    });
    expect((await ask(GRANT, token, { id: 'nobody', role: 'ADMIN' })).code).toBe('NOT_FOUND');
    expect((await ask(WITHDRAW, token, { id: 'nobody', role: 'ADMIN' })).code).toBe('NOT_FOUND');
    expect((await ask(GRANT, token, { id, role: 'EDITOR' })).code).toBe('BAD_USER_INPUT');
  });
});
