import { expect, test } from '@jest/globals';
import { describeOnEachServer, openFixture } from '../http/support/fixture.js';
import { SIGN_IN, SIGN_UP, signUp, VIEWER } from '../http/support/people.js';

/** Unbounded, 200 hashes of 19 MiB at once would take 3,800 MiB. */
const MOST_GROWTH_BYTES = 800 * 1024 * 1024;
/** Far shorter than a hash takes. */
const SAMPLE_INTERVAL_MS = 5;

/** By how many bytes this process has grown at most from now until it is stopped; other tests ran in it before. */
function watchMemory(): { stop(): number } {
  const before = process.memoryUsage.rss();
  let most = 0;
  const look = (): void => void (most = Math.max(most, process.memoryUsage.rss() - before));
  const timer = setInterval(look, SAMPLE_INTERVAL_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}

describeOnEachServer('A flood of sign-ins', (fixture) => {
  test('200 at once are all answered, in bounded memory, and verified requests overtake them', async () => {
    const { server } = fixture();
    const { email, password, token, id } = await signUp(server);
    const memory = watchMemory();
    let isOver = false;
    let signedIn = 0;
    const flood = Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const input = { email, password: index % 2 === 0 ? password : 'a wrong one' };
        const { status, code } = await server.client().ask(SIGN_IN, { variables: { input } });
        signedIn += 1;
        return code ?? status;
      }),
    ).finally(() => (isOver = true));
    const first = server.client().ask(SIGN_IN, { variables: { input: { email, password } } });

    for (let verified = 0; verified < 20; verified += 1) {
      expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(id);
    }
    expect({ isOver, areSomeLeft: signedIn < 200 }).toEqual({ isOver: false, areSomeLeft: true });

    await first;
    const outcomes = await flood;
    const expected = outcomes.map((outcome, index) =>
      outcome === 'SERVICE_UNAVAILABLE' ? outcome : index % 2 === 0 ? 200 : 'INVALID_CREDENTIALS',
    );
    expect(outcomes).toEqual(expected);
    expect(memory.stop()).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

test('More passwords than the queue holds are SERVICE_UNAVAILABLE with Retry-After, and the server goes on', async () => {
  const fixture = await openFixture('SQLite');
  try {
    const { server } = fixture;
    const { email, password } = await signUp(server);
    const ask = (query: string) => server.client().ask(query, { variables: { input: { email, password } } });
    // A sign-up hashes before it reads anything, so that all of these are in the queue at once.
    const answers = await Promise.all(Array.from({ length: 900 }, () => ask(SIGN_UP)));
    const refused = answers.filter(({ code }) => code === 'SERVICE_UNAVAILABLE');

    expect(refused.length).toBeGreaterThan(0);
    for (const { status, headers } of refused) expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['SERVICE_UNAVAILABLE', 'EMAIL_TAKEN']));
    expect((await ask(SIGN_IN)).text('signIn.user.email')).toBe(email);
  } finally {
    await fixture.close();
  }
});
