import { expect, test } from '@jest/globals';
import { startServer } from '../support/server.js';
import { createBackend } from '../support/stores.js';
import { describeOnEachServer } from './support/fixture.js';
import { refresh, refreshed, signIn, SIGN_IN, VIEWER } from './support/people.js';

describeOnEachServer(
  '`/metrics`',
  (fixture) => {
    /** What a series stands at now; 0 where it has not begun. */
    async function value(series: string): Promise<number> {
      const answer = await fetch(`${fixture().server.origin}/metrics`);
      const line = (await answer.text()).split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    }

    /** How much a series grows meanwhile. */
    async function growth(series: string, act: () => Promise<unknown>): Promise<number> {
      const before = await value(series);
      await act();
      return (await value(series)) - before;
    }

    test('is Prometheus’ text format, which nobody keeps, with the process’ own figures', async () => {
      const answer = await fetch(`${fixture().server.origin}/metrics`);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.text()).toContain('# TYPE nodejs_eventloop_lag_seconds gauge');
    });

    test('counts sign-ins by outcome, and the hashes that they take', async () => {
      const { server } = fixture();
      const admin = await fixture().admin();
      const wrong = { email: admin.email, password: 'not the one' };
      const series = 'latchkey_sign_ins_total';
      expect(await growth(`${series}{outcome="ok"}`, () => signIn(server, admin))).toBe(1);
      const fail = () => server.client().ask(SIGN_IN, { variables: { input: wrong } });
      expect(await growth(`${series}{outcome="INVALID_CREDENTIALS"}`, fail)).toBe(1);
      expect(await growth('latchkey_password_hash_duration_seconds_count', () => signIn(server, admin))).toBe(1);
      expect(await value('latchkey_password_hashes_pending')).toBe(0);
    });

    test('counts refreshes by verdict, theft among them, and the sessions that end', async () => {
      const { server, clock } = fixture();
      const person = await fixture().admin();
      const series = 'latchkey_refreshes_total';
      expect(await value(`${series}{verdict="theft"}`)).toBe(0);
      expect(await growth(`${series}{verdict="rotated"}`, () => refreshed(server, person))).toBe(1);
      const again = () => refresh(server, person.refreshToken);
      expect(await growth(`${series}{verdict="same-successor"}`, again)).toBe(1);
      await refreshed(server, await refreshed(server, person));
      clock.advance(60_000);
      const ended = 'latchkey_sessions_ended_total{reason="theft"}';
      expect(await growth(ended, again)).toBe(1);
      expect(await value(`${series}{verdict="theft"}`)).toBe(1);
      const refused = 'latchkey_refresh_refusals_total{code="TOKEN_THEFT_DETECTED"}';
      expect(await growth(refused, again)).toBe(1);
    });

    test('counts access tokens by what they prove to be, and whether memory knew them', async () => {
      const { server } = fixture();
      const { token } = await fixture().admin();
      const ask = (given: string) => () => server.client().ask(VIEWER, { token: given });
      const [outcomes, sources] = ['latchkey_access_token_verifications_total', 'latchkey_access_token_checks_total'];
      expect(await growth(`${sources}{source="signature"}`, ask(token))).toBe(1);
      expect(await growth(`${sources}{source="memory"}`, ask(token))).toBe(1);
      expect(await growth(`${outcomes}{outcome="ok"}`, ask(token))).toBe(1);
      expect(await growth(`${outcomes}{outcome="UNAUTHENTICATED"}`, ask(`${token.slice(0, -4)}AAAA`))).toBe(1);
    });

    test('tells how far the revocation feed is behind, and what it holds', async () => {
      expect(await value('latchkey_revocation_feed_lag_seconds')).toBeLessThan(5);
      const { server } = fixture();
      const { token } = await fixture().admin();
      const signOut = () => server.client().ask('mutation { signOut { signedOut } }', { token });
      expect(await growth('latchkey_revocations_held', signOut)).toBe(1);
    });

    test('times the store, and operations by root field, whatever a client calls them', async () => {
      const { server } = fixture();
      const { token } = await fixture().admin();
      const store = 'latchkey_store_duration_seconds_count{port="users",method="listById",outcome="ok"}';
      const ask = () => server.client().ask('query Mine { viewer { email } }', { token });
      const operation = 'latchkey_graphql_duration_seconds_count{type="query",field="viewer",outcome="ok"}';
      expect(await growth(operation, ask)).toBe(1);
      expect(await growth(store, ask)).toBe(1);
      const several = 'latchkey_graphql_duration_seconds_count{type="query",field="several",outcome="ok"}';
      const two = () => server.client().ask('{ viewer { id } session { id } }', { token });
      expect(await growth(several, two)).toBe(1);
      const refused = 'latchkey_graphql_duration_seconds_count{type="query",field="viewer",outcome="UNAUTHENTICATED"}';
      expect(await growth(refused, () => server.client().ask(VIEWER))).toBe(1);
      const unknown =
        'latchkey_graphql_duration_seconds_count{type="none",field="none",outcome="GRAPHQL_VALIDATION_FAILED"}';
      expect(await growth(unknown, () => server.client().ask('query Mine { nothingOfTheKind }'))).toBe(1);
    });

    test('names nobody: no address, id or token', async () => {
      const person = await fixture().admin();
      const text = await (await fetch(`${fixture().server.origin}/metrics`)).text();
      for (const secret of [person.email, person.id, person.sessionId, person.token, person.refreshToken]) {
        expect(text).not.toContain(secret);
      }
      expect(text).not.toContain('Mine');
    });
  },
  { METRICS: 'on' },
);

test('there is no `/metrics` unless it is asked for', async () => {
  const backend = createBackend('SQLite');
  const server = await startServer(backend.url);
  expect((await fetch(`${server.origin}/metrics`)).status).toBe(404);
  await server.close();
  await backend.destroy();
});
