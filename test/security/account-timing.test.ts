import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../src/domain/password.js';
import { SIGN_IN, freshEmail } from '../http/support/people.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';
import { newUser } from '../stores/builders.js';

/** How often each is asked. */
const TRIES = Number(process.env['TIMING_TRIES'] ?? '200');
/**
 * How far from a half the share may be of pairs in which the known account took longer. Of 200 against 200 of the same,
 * chance reaches it in less than one of a million runs; an answer that leaves out the hash, or waits for the store, is at 0.5.
 */
const MOST_APART = 0.15;
const REQUEST_RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) { requested } }';
const PASSWORD = 'the password of all of them';

type Ask = (email: string, from: string) => Promise<{ readonly status: number; readonly bytes: string }>;

/** Whether an account exists is not to be told by how long an answer takes: two samples, drawn in random order. */
const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let server: TestServer;
  const known: string[] = [];
  beforeAll(async () => {
    backend = createBackend(name);
    server = await startServer(backend.url, { environment: { TRUST_PROXY: '1', LOG_LEVEL: 'silent' } });
    const passwords = await createPasswords({ concurrency: 1, queueLength: 1 });
    const passwordHash = await passwords.hash(PASSWORD);
    const stores = await backend.open();
    // One account for each try: a try at one changes what the next at the same costs.
    for (let made = 0; made < 2 * TRIES; made += 1) {
      const user = await stores.users.create(newUser({ email: freshEmail(), passwordHash }));
      known.push(user?.email ?? '');
    }
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
  });

  const post = async (query: string, variables: object, from: string): ReturnType<Ask> => {
    const response = await fetch(`${server.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, bytes: await response.text() };
  };

  async function shareOfLonger(ask: Ask, accounts: readonly string[]): Promise<number> {
    const tries = accounts.flatMap((email) => [
      { email, isKnown: true, at: Math.random() },
      { email: freshEmail(), isKnown: false, at: Math.random() },
    ]);
    const times = { known: [] as number[], unknown: [] as number[] };
    const answers = new Set<string>();
    for (const [index, { email, isKnown }] of tries.toSorted((one, other) => one.at - other.at).entries()) {
      const from = `10.${index >> 8}.${index & 255}.7`;
      const startedAt = performance.now();
      const { status, bytes } = await ask(email, from);
      times[isKnown ? 'known' : 'unknown'].push(performance.now() - startedAt);
      answers.add(`${status} ${bytes}`);
    }
    expect(answers.size).toBe(1);
    const longer = times.known.flatMap((one) => times.unknown.map((other) => Number(one > other)));
    return longer.reduce((sum, one) => sum + one, 0) / longer.length;
  }

  const cases: readonly [string, Ask, number][] = [
    [
      'signIn with a wrong password',
      (email, from) => post(SIGN_IN, { input: { email, password: 'a wrong password' } }, from),
      0,
    ],
    ['requestPasswordReset', (email, from) => post(REQUEST_RESET, { email }, from), TRIES],
  ];

  // The hash takes nearly all of a sign-in, whatever the store: that is measured once.
  test.each(name === 'SQLite' ? cases : cases.slice(1))(
    '%s takes as long for an account as for none, and answers the same bytes',
    async (_name, ask, first) => {
      // Warm: what is compiled meanwhile would fall on whoever comes first.
      for (let warm = 0; warm < 20; warm += 1) await ask(freshEmail(), `10.255.255.${warm}`);
      const share = await shareOfLonger(ask, known.slice(first, first + TRIES));
      console.info(`${_name} (${name}): ${share.toFixed(3)} of ${TRIES ** 2} pairs longer where there is an account`);
      expect(Math.abs(share - 0.5)).toBeLessThan(MOST_APART);
    },
    300_000,
  );
};

describe('whether an account exists (SQLite)', declareOn('SQLite'));
describeOnMongo('whether an account exists', declareOn('MongoDB'));
