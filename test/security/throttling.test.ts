import { expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import { freshEmail, PASSWORD, signUp } from '../http/support/people.js';
import { startServer } from '../support/server.js';
import { countCodes, expectRateLimited, failToSignIn, freshAddress, ownTry, trySignIn } from './support/tries.js';

const MINUTE_MS = 60_000;

describeOnEachServer(
  'Guessing at one account from one address',
  (fixture) => {
    test('goes well five times; then nobody from there is looked at for 10 seconds, the right password included', async () => {
      const { server, clock } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      await failToSignIn(server, 5, { email: owner.email, from });
      expectRateLimited(await trySignIn(server, { email: owner.email, from }), 10);
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 10);
      expectRateLimited(await trySignIn(server, { email: ` ${owner.email}`.trim().toUpperCase(), from }), 10);
      clock.advance(9_001);
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 1);
      // Elsewhere, the owner is let in meanwhile.
      expect((await trySignIn(server, ownTry(owner, freshAddress()))).text('signIn.user.id')).toBe(owner.id);
      clock.advance(999);
      expect((await trySignIn(server, ownTry(owner, from))).text('signIn.user.id')).toBe(owner.id);
    });

    test('is delayed longer with each failure behind those, up to a quarter of an hour', async () => {
      const { server, clock } = fixture();
      const attempt = { email: freshEmail(), from: freshAddress() };
      await failToSignIn(server, 5, attempt);
      for (const seconds of [10, 20, 40, 80, 160, 320, 640, 900, 900]) {
        expectRateLimited(await trySignIn(server, attempt), seconds);
        expectRateLimited(await trySignIn(server, attempt), seconds);
        clock.advance(seconds * 1000);
        await failToSignIn(server, 1, attempt);
      }
    });

    test('begins anew with each success', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      for (let times = 0; times < 3; times += 1) {
        await failToSignIn(server, 4, { email: owner.email, from });
        expect((await trySignIn(server, ownTry(owner, from))).text('signIn.user.id')).toBe(owner.id);
      }
    });

    test('does not tell whether there is such an account: status, headers and bytes are the same', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const emails = [owner.email, freshEmail()];
      const seen = await Promise.all(emails.map((email) => observe(email)));
      expect(seen[0]).toHaveLength(8);
      expect(seen[0]).toEqual(seen[1]);

      async function observe(email: string): Promise<unknown[]> {
        const from = freshAddress();
        const answers: unknown[] = [];
        for (let times = 0; times < 8; times += 1) {
          const { status, headers, body } = await trySignIn(server, { email, from });
          const told = [...headers].filter(([name]) => name !== 'date');
          answers.push({ status, headers: told, body: JSON.stringify(body) });
        }
        return answers;
      }
    });

    test('by 100 aliases in one request is refused whole, and counts nothing', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const input = `input: { email: "${owner.email}", password: "not the password" }`;
      const fields = Array.from({ length: 100 }, (_, index) => `a${index}: signIn(${input}) { user { id } }`);
      const document = `mutation { ${fields.join('\n')} }`;
      const from = freshAddress();
      const headers = { 'x-forwarded-for': from };
      for (let times = 0; times < 6; times += 1) {
        const answer = await server.client().ask(document, { headers });
        expect([answer.status, answer.code]).toEqual([400, 'OPERATION_TOO_COMPLEX']);
      }
      const batch = await server.client().fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(fields.map((field) => ({ query: `mutation { ${field} }` }))),
      });
      expect(batch.status).toBe(400);
      await failToSignIn(server, 5, { email: owner.email, from });
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 10);
    });

    test('by 100 requests at once gets five looked at', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      const attempt = { email: owner.email, from };
      const answers = await Promise.all(Array.from({ length: 100 }, () => trySignIn(server, attempt)));
      expect(countCodes(answers)).toEqual({ INVALID_CREDENTIALS: 5, RATE_LIMITED: 95 });
    });

    test('through two servers on one database gets five looked at, and of two at once, one below the limit, one', async () => {
      const { server, backend, clock } = fixture();
      const environment = { TRUST_PROXY: '1', PUBLIC_URL: server.origin };
      const second = await startServer(backend.url, { environment, clock });
      try {
        const owner = await signUp(server);
        for (let times = 0; times < 3; times += 1) {
          const attempt = { email: owner.email, from: freshAddress() };
          await failToSignIn(server, 2, attempt);
          await failToSignIn(second, 2, attempt);
          const both = await Promise.all([trySignIn(server, attempt), trySignIn(second, attempt)]);
          expect(countCodes(both)).toEqual({ INVALID_CREDENTIALS: 1, RATE_LIMITED: 1 });
          for (const each of [server, second]) {
            expect((await trySignIn(each, ownTry(owner, attempt.from))).code).toBe('RATE_LIMITED');
          }
        }
      } finally {
        await second.close();
      }
    });

    test('is forgotten an hour after the last try', async () => {
      const { server, clock } = fixture();
      const attempt = { email: freshEmail(), from: freshAddress() };
      await failToSignIn(server, 5, attempt);
      clock.advance(60 * MINUTE_MS);
      await failToSignIn(server, 5, attempt);
      expectRateLimited(await trySignIn(server, attempt), 10);
    });
  },
  { TRUST_PROXY: '1' },
);

describeOnEachServer(
  'Good sign-ins at once',
  (fixture) => {
    test('of one account from one address are all let in, however many', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      const answers = await Promise.all(Array.from({ length: 120 }, () => trySignIn(server, ownTry(owner, from))));
      expect(countCodes(answers)).toEqual({ 'signed in': 120 });
    });

    test('of many accounts from one address are all let in, and leave it its tries', async () => {
      const { server } = fixture();
      const people = await Promise.all(Array.from({ length: 40 }, () => signUp(server)));
      const from = freshAddress();
      for (let times = 0; times < 3; times += 1) {
        const answers = await Promise.all(people.map((person) => trySignIn(server, ownTry(person, from))));
        expect(countCodes(answers)).toEqual({ 'signed in': 40 });
      }
    });

    test('and bad ones between them: each success is a new beginning', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      const wrong = { email: owner.email, password: `${PASSWORD}?`, from };
      const tries = Array.from({ length: 20 }, (_, index) => (index % 4 === 3 ? wrong : ownTry(owner, from)));
      const answers = await Promise.all(tries.map((attempt) => trySignIn(server, attempt)));
      expect(countCodes(answers)).toEqual({ 'signed in': 15, INVALID_CREDENTIALS: 5 });
    });
  },
  { TRUST_PROXY: '1' },
);
