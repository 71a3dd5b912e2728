import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { createClient } from '../support/client.js';
import { describeOnEachServer, openFixture } from '../http/support/fixture.js';
import { freshEmail, SIGN_IN, SIGN_UP, signUp, VIEWER } from '../http/support/people.js';

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

/** Keeps each thread of libuv's pool, where passwords are hashed, waiting for whoever writes into a pipe. */
function holdThreads(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-threads-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const readers = Array.from({ length: threads }, () => open(pipe, 'r'));
  return () => {
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    void Promise.all(readers).then(async (files) => {
      closeSync(writer);
      await Promise.all(files.map((file) => file.close()));
      rmSync(folder, { recursive: true });
    });
  };
}

describeOnEachServer('A flood of sign-ins', (fixture) => {
  test('200 at once are all answered, in bounded memory, and verified requests overtake them', async () => {
    const { server } = fixture();
    const { email, password, token, id } = await signUp(server);
    // Bad ones at accounts of their own, fewer than an address may have: what is counted is tested elsewhere.
    const inputOf = (index: number) => (index % 4 === 3 ? { email: freshEmail(), password } : { email, password });
    const memory = watchMemory();
    let isOver = false;
    let signedIn = 0;
    const flood = Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const { status, code } = await server.client().ask(SIGN_IN, { variables: { input: inputOf(index) } });
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
      outcome === 'SERVICE_UNAVAILABLE' ? outcome : index % 4 === 3 ? 'INVALID_CREDENTIALS' : 200,
    );
    expect(outcomes).toEqual(expected);
    expect(memory.stop()).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

test('More passwords than the queue holds are SERVICE_UNAVAILABLE with Retry-After, and the server goes on', async () => {
  const fixture = await openFixture('SQLite', { TRUST_PROXY: '1' });
  try {
    const { server } = fixture;
    const { email, password } = await signUp(server);
    // By its number: a name is looked up in libuv's pool, too.
    const client = createClient(server.origin.replace('localhost', '127.0.0.1'));
    const ask = (query: string, from: string) =>
      client.ask(query, { variables: { input: { email, password } }, headers: { 'x-forwarded-for': from } });
    const release = holdThreads();
    let answered = 0;
    // From as many addresses, of each of which no more than a few would wait for the queue at once.
    const asked = Array.from({ length: 900 }, async (_, index) => {
      const answer = await ask(SIGN_UP, `198.18.${index >> 8}.${index & 255}`);
      answered += 1;
      return answer;
    });
    // Nobody is answered meanwhile but whom the queue has no room for.
    await eventually(() => answered > 0).finally(release);
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ code }) => code === 'SERVICE_UNAVAILABLE');

    expect(refused.length).toBeGreaterThan(0);
    for (const { status, headers } of refused) expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['SERVICE_UNAVAILABLE', 'EMAIL_TAKEN']));
    expect((await ask(SIGN_IN, '192.0.2.1')).text('signIn.user.email')).toBe(email);
  } finally {
    await fixture.close();
  }
  // Over 500 hashes, as many as the queue holds.
}, 240_000);
