import { randomBytes, scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { createPasswords } from '../../src/domain/password.js';
import { SIGN_IN, freshEmail } from '../http/support/people.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';
import { newUser } from '../stores/builders.js';

/** How often each is asked: accounts with each of the hashes, and addresses of nobody. */
const TRIES = Number(process.env['TIMING_TRIES'] ?? '200');
/**
 * How far from a half the share may be of pairs in which the known account took longer: four standard deviations of
 * Mann and Whitney's statistic for two samples of the same, 0.116 for 200 against 200, which chance reaches in one of
 * 16,000 comparisons. An answer that leaves out the hash, or has another's parameters, or waits for the store, is at 0.5.
 */
const MOST_APART = 4 * Math.sqrt((2 * TRIES + 1) / (12 * TRIES * TRIES));
const REQUEST_RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) { requested } }';
const PASSWORD = 'the password of all of them';

type Ask = (email: string, from: string) => Promise<{ readonly status: number; readonly bytes: string }>;

/** Whether an account exists is not to be told by how long an answer takes: two samples, drawn in random order. */
const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let server: TestServer;
  const resettable: string[] = [];
  const groups = new Map<string, string[]>();
  beforeAll(async () => {
    backend = createBackend(name);
    server = await startServer(backend.url, { environment: { TRUST_PROXY: '1', LOG_LEVEL: 'silent' } });
    const passwords = createPasswords({ concurrency: 1, queueLength: 1 });
    const stores = await backend.open();
    // One account for each try: a try at one changes what the next at the same costs.
    const add = async (passwordHash: string): Promise<string[]> => {
      const imported = Array.from({ length: TRIES }, () => newUser({ email: freshEmail(), passwordHash }));
      const others = { ban: null, createdAt: null, lastSignInAt: null };
      await stores.users.importMany(imported.map((user) => ({ ...user, ...others })));
      return imported.map(({ email }) => email);
    };
    const ours = await passwords.hash(PASSWORD);
    resettable.push(...(await add(ours)));
    groups.set('a hash of ours', await add(ours));
    // The hashes take nearly all of a sign-in, whatever the store.
    if (name !== 'SQLite') return;
    // Each takes a good deal less than a hash of ours.
    groups.set('bcrypt', await add(await bcrypt(PASSWORD, 4)));
    groups.set('scrypt', await add(scryptHash(PASSWORD)));
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

  /** For each group of accounts, the share of pairs in which one of them took longer than an address of nobody. */
  async function sharesOfLonger(
    ask: Ask,
    accounts: ReadonlyMap<string, readonly string[]>,
  ): Promise<[string, number][]> {
    const tries = [
      ...[...accounts].flatMap(([group, emails]) => emails.map((email) => ({ email, group, at: Math.random() }))),
      ...Array.from({ length: TRIES }, () => ({ email: freshEmail(), group: NOBODY, at: Math.random() })),
    ];
    const times = new Map<string, number[]>([NOBODY, ...accounts.keys()].map((group) => [group, []]));
    const answers = new Set<string>();
    for (const [index, { email, group }] of tries.toSorted((one, other) => one.at - other.at).entries()) {
      const from = `10.${index >> 8}.${index & 255}.7`;
      const startedAt = performance.now();
      const { status, bytes } = await ask(email, from);
      times.get(group)?.push(performance.now() - startedAt);
      answers.add(`${status} ${bytes}`);
    }
    expect(answers.size).toBe(1);
    const unknown = times.get(NOBODY) ?? [];
    return [...accounts.keys()].map((group) => {
      const longer = (times.get(group) ?? []).flatMap((one) => unknown.map((other) => Number(one > other)));
      return [group, longer.reduce((sum, one) => sum + one, 0) / longer.length];
    });
  }

  const cases: readonly [string, Ask, () => ReadonlyMap<string, readonly string[]>][] = [
    [
      'signIn with a wrong password',
      (email, from) => post(SIGN_IN, { input: { email, password: 'a wrong password' } }, from),
      () => groups,
    ],
    [
      'requestPasswordReset',
      (email, from) => post(REQUEST_RESET, { email }, from),
      () => new Map([['an account', resettable]]),
    ],
  ];

  test.each(cases)(
    '%s takes as long for an account as for none, and answers the same bytes',
    async (_name, ask, accounts) => {
      // Warm: what is compiled meanwhile would fall on whoever comes first.
      for (let warm = 0; warm < 20; warm += 1) await ask(freshEmail(), `10.255.255.${warm}`);
      const shares = await sharesOfLonger(ask, accounts());
      for (const [group, share] of shares) {
        console.info(`${_name} (${name}): ${share.toFixed(3)} of all pairs longer with ${group} than for nobody`);
      }
      expect(shares.filter(([, share]) => Math.abs(share - 0.5) >= MOST_APART)).toEqual([]);
    },
    300_000,
  );
};

const NOBODY = 'nobody';

function scryptHash(password: string): string {
  const salt = randomBytes(16);
  const derived = scryptSync(password, salt, 32, { N: 2 ** 11, r: 8, p: 1 });
  const text = (part: Buffer): string => part.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=11,r=8,p=1$${text(salt)}$${text(derived)}`;
}

describe('whether an account exists (SQLite)', declareOn('SQLite'));
describeOnMongo('whether an account exists', declareOn('MongoDB'));
