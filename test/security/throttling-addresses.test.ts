import { describe, expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import { freshEmail, SIGN_UP, signUp } from '../http/support/people.js';
import type { Answer } from '../support/client.js';
import { countCodes, expectRateLimited, failToSignIn, freshAddress, ownTry, trySignIn } from './support/tries.js';

const QUARTER_OF_AN_HOUR_MS = 15 * 60_000;

describeOnEachServer(
  'Tries from one address',
  (fixture) => {
    /** A sign-up that comes to nothing without a hash. */
    const trySignUp = (from: string): Promise<Answer> => {
      const input = { email: 'no address', password: 'short' };
      return fixture()
        .server.client()
        .ask(SIGN_UP, { variables: { input }, headers: { 'x-forwarded-for': from } });
    };
    const many = <Result>(times: number, act: (index: number) => Promise<Result>): Promise<Result[]> =>
      Promise.all(Array.from({ length: times }, (_, index) => act(index)));

    test('at 100 accounts are the last for a quarter of an hour, and good ones between them wash nothing away', async () => {
      const { server, clock } = fixture();
      const [attacker, owner] = [await signUp(server), await signUp(server)];
      const from = freshAddress();
      const spray = async (times: number): Promise<void> => {
        const answers = await many(times, () => trySignIn(server, { email: freshEmail(), from }));
        expect(countCodes(answers)).toEqual({ INVALID_CREDENTIALS: times });
      };
      for (let rounds = 0; rounds < 4; rounds += 1) {
        await spray(25);
        if (rounds < 3) expect((await trySignIn(server, ownTry(attacker, from))).code).toBeUndefined();
      }
      expectRateLimited(await trySignIn(server, { email: freshEmail(), from }), 900);
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 900);
      expect((await trySignIn(server, ownTry(owner, freshAddress()))).code).toBeUndefined();
      clock.advance(QUARTER_OF_AN_HOUR_MS);
      expect((await trySignIn(server, ownTry(owner, from))).code).toBeUndefined();
    });

    test('to sign up count one each, whatever comes of them', async () => {
      const from = freshAddress();
      expect(countCodes(await many(100, () => trySignUp(from)))).toEqual({ BAD_USER_INPUT: 100 });
      expectRateLimited(await trySignUp(from), 900);
      expect((await trySignUp(freshAddress())).code).toBe('BAD_USER_INPUT');
    });

    test('of IPv6 are counted by its /64', async () => {
      await many(100, (index) => trySignUp(`2001:db8:0:1:${index.toString(16)}::1`));
      expectRateLimited(await trySignUp('2001:DB8:0:1::ffff'), 900);
      expect((await trySignUp('2001:db8:0:2::1')).code).toBe('BAD_USER_INPUT');
    });

    test('of IPv4 are the same when it is mapped into IPv6, and with a port', async () => {
      await many(50, () => trySignUp('192.0.2.1'));
      await many(50, (index) => trySignUp(index % 2 === 0 ? '::ffff:192.0.2.1' : '192.0.2.1:4711'));
      for (const spelling of ['192.0.2.1', '::ffff:c000:201', '[::ffff:192.0.2.1]:80']) {
        expectRateLimited(await trySignUp(spelling), 900);
      }
      expect((await trySignUp('192.0.2.2')).code).toBe('BAD_USER_INPUT');
    });

    test('that are told as no address are all one', async () => {
      await many(100, (index) => trySignUp(`client-${index}`));
      expectRateLimited(await trySignUp('another client'), 900);
    });

    test('are told by the nearest proxy alone: what a client writes before it changes nothing', async () => {
      const { server } = fixture();
      const email = freshEmail();
      const from = freshAddress();
      const spoofed = (): string => `${freshAddress()}, ${freshAddress()}, ${from}`;
      for (let times = 0; times < 5; times += 1) await failToSignIn(server, 1, { email, from: spoofed() });
      expectRateLimited(await trySignIn(server, { email, from: spoofed() }), 10);
      await failToSignIn(server, 1, { email, from: freshAddress() });
    });
  },
  { TRUST_PROXY: '1' },
);

describe('Without a proxy that is trusted', () => {
  describeOnEachServer('what a client says of its address', (fixture) => {
    test('changes nothing', async () => {
      const { server } = fixture();
      const email = freshEmail();
      for (let times = 0; times < 5; times += 1) {
        await failToSignIn(server, 1, { email, from: `${freshAddress()}, ${freshAddress()}` });
      }
      expectRateLimited(await trySignIn(server, { email, from: freshAddress() }), 10);
      expectRateLimited(await trySignIn(server, { email }), 10);
    });
  });
});
