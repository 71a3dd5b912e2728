/** The invariants of sessions, one after the other, on each store. Races are in `session-races.test.ts`. */
import { expect, test } from '@jest/globals';
import { describeOnEachStore } from '../support/stores.js';
import { ADMIN, createFixture, ORIGIN } from './session-fixture.js';

describeOnEachStore('refreshes with one token within grace', (createFresh) => {
  test('all give the same successor and advance the generation once, 50 side by side on two servers', async () => {
    const { node, openNode, signIn, refresh } = await createFixture(createFresh());
    const nodes = [node, await openNode()] as const;
    for (const used of [[node], nodes]) {
      const { refreshToken, session } = await signIn();
      const all = Array.from({ length: 50 }, (_, index) => refresh(refreshToken, used[index % used.length]));
      const issued = await Promise.all(all);
      expect(new Set(issued.map((each) => each.refreshToken)).size).toBe(1);
      expect((await node.sessions.find(session.id))?.generation).toBe(1);
    }
  });
});

describeOnEachStore('a lost answer', (createFresh) => {
  test('never signs anyone out, however late the retry and however often', async () => {
    const { clock, signIn, refresh, codeOf } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    for (const lateMs of [0, 9_999, 10_000, 60_000, 24 * 3600_000, 29 * 24 * 3600_000]) {
      await refresh(refreshToken);
      clock.advance(lateMs);
    }
    const { refreshToken: seen } = await refresh(refreshToken);
    clock.advance(20_000);
    expect(await codeOf(seen)).toBe('pair');
  });

  test('that turns up after a retry was answered later than grace is theft', async () => {
    const { clock, signIn, refresh, codeOf } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    const lost = await refresh(refreshToken);
    clock.advance(10_000);
    const retried = await refresh(refreshToken);
    expect(retried.refreshToken).not.toBe(lost.refreshToken);
    expect(await codeOf(lost.refreshToken)).toBe('TOKEN_THEFT_DETECTED');
  });
});

describeOnEachStore('a token left behind', (createFresh) => {
  test('ends the session once its successor’s access token was seen and grace is over, also after a restart', async () => {
    const { clock, node, openNode, signIn, refresh, codeOf, live } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    const { accessToken, refreshToken: next } = await refresh(refreshToken);
    expect((await node.authenticate(accessToken)).kind).toBe('principal');
    await node.confirmations.flush();
    clock.advance(9_999);
    const restarted = await openNode();
    expect(await codeOf(refreshToken, restarted)).toBe('pair');
    clock.advance(1);
    expect(await codeOf(refreshToken, restarted)).toBe('TOKEN_THEFT_DETECTED');
    expect(await codeOf(next)).toBe('TOKEN_THEFT_DETECTED');
    expect(await live()).toEqual([]);
    expect(restarted.events.map(({ type }) => type)).toContain('session.theft');
  });

  test('is no theft while the use was only noted, for a killed server forgets it', async () => {
    const { clock, node, openNode, signIn, refresh, codeOf } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    await node.authenticate((await refresh(refreshToken)).accessToken);
    clock.advance(10_000);
    expect(await codeOf(refreshToken, await openNode())).toBe('pair');
  });

  test('ends the session also in the same millisecond as a refresh by the owner, whichever comes first', async () => {
    const { clock, node, signIn, refresh, codeOf, live } = await createFixture(createFresh());
    for (const ownerFirst of [true, false]) {
      const first = await signIn();
      const second = await refresh(first.refreshToken);
      clock.advance(10_000);
      const third = await refresh(second.refreshToken);
      clock.advance(10_000);
      const both = ownerFirst ? [third, first] : [first, third];
      const codes = await Promise.all(both.map(({ refreshToken }) => codeOf(refreshToken)));
      expect(codes).toContain('TOKEN_THEFT_DETECTED');
      expect(await live()).toEqual([]);
      expect((await node.sessions.find(first.session.id))?.endReason).toBe('theft');
    }
  });
});

describeOnEachStore('a session', (createFresh) => {
  test('ends at its absolute lifetime however often its token rotates', async () => {
    const hour = 3600_000;
    const { clock, signIn, refresh, codeOf } = await createFixture(createFresh(), { ttlMs: 5 * hour });
    let { refreshToken, session } = await signIn();
    const end = session.createdAt.getTime() + 5 * hour;
    for (let step = 0; step < 4; step += 1) {
      clock.advance(hour);
      const issued = await refresh(refreshToken);
      expect(issued.refreshTokenExpiresAt.getTime()).toBe(end);
      ({ refreshToken, session } = issued);
    }
    clock.advance(hour - 1);
    const last = await refresh(refreshToken);
    expect(last.accessTokenExpiresAt.getTime()).toBeLessThanOrEqual(end);
    clock.advance(1);
    expect(await codeOf(last.refreshToken)).toBe('SESSION_EXPIRED');
  });

  test('longest unused goes where there are more than allowed', async () => {
    const { clock, signIn, refresh, live } = await createFixture(createFresh(), { maxSessionsPerUser: 3 });
    const [first, second, third] = [await signIn(), await signIn(), await signIn()];
    clock.advance(1);
    await refresh(first.refreshToken);
    await refresh(third.refreshToken);
    clock.advance(1);
    const fourth = await signIn();
    const kept = [first, third, fourth].map(({ session }) => session.id).sort();
    expect([...(await live())].sort()).toEqual(kept);
    expect(kept).not.toContain(second.session.id);
  });

  test('is not ended by junk, whatever the row is', async () => {
    const { signIn, codeOf, live, node } = await createFixture(createFresh());
    const { refreshToken, session } = await signIn();
    const before = await node.sessions.find(session.id);
    const swapped = refreshToken.at(30) === 'A' ? 'B' : 'A';
    const changed = refreshToken.slice(0, 30) + swapped + refreshToken.slice(31);
    for (const junk of ['', 'lkr_', refreshToken.slice(1), changed]) expect(await codeOf(junk)).toBe('SESSION_EXPIRED');
    expect(await node.sessions.signOut({ refreshTokens: [changed], sessionIds: [] })).toBe(false);
    expect(await node.sessions.find(session.id)).toEqual(before);
    expect(await live()).toEqual([session.id]);
  });

  test('of a role that changed goes on, with the new role from its next refresh', async () => {
    const { node, user, signIn, refresh } = await createFixture(createFresh());
    const { refreshToken } = await signIn();
    await node.users.grantRole(ADMIN, user.id, 'EDITOR');
    expect((await refresh(refreshToken)).principal.roles).toEqual(['EDITOR']);
  });

  test('starts under no user that is not there', async () => {
    const { node, user } = await createFixture(createFresh());
    const nobody = { ...user, id: 'nobody' as typeof user.id };
    await expect(node.sessions.start(nobody, ORIGIN)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });
});
