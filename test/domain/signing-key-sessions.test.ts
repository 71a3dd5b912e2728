import { expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import type { SigningAlgorithm } from '../../src/domain/signing-key.js';
import { createNode, type Node } from '../support/services.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachStore } from '../support/stores.js';
import { addUser } from '../stores/builders.js';
import { ORIGIN } from './session-fixture.js';
import { SECOND_MS } from './signing-key-fixture.js';

const TTL_SECONDS = 3600;

describeOnEachStore('Sessions over rotations of the signing keys, on two servers', (createFresh) => {
  async function open(algorithm: SigningAlgorithm = 'EdDSA') {
    const backend = createFresh();
    const clock = new ManualClock();
    const start = async (of: SigningAlgorithm): Promise<Node> =>
      createNode(await backend.open({ clock }), { keyPolicy: { algorithm: of, ttlSeconds: TTL_SECONDS } });
    const nodes = [await start(algorithm), await start(algorithm)];
    const user = await addUser(nodes[0]!.stores);
    const current = async () => (await nodes[0]!.stores.users.findById(user.id)) ?? user;

    /** What each server makes of the token. */
    const verdicts = async ({ accessToken }: IssuedSession): Promise<string[]> =>
      Promise.all(nodes.map(async (node) => (await node.authenticate(accessToken)).kind));
    const refresh = (node: Node, { refreshToken }: IssuedSession): Promise<IssuedSession> =>
      node.sessions.refresh({ refreshToken, arrivedAt: clock.now(), client: ORIGIN.client });
    const signIn = async (node: Node): Promise<IssuedSession> => node.sessions.start(await current(), ORIGIN);
    return { clock, nodes, start, verdicts, refresh, signIn };
  }

  const headerOf = ({ accessToken }: IssuedSession) => decodeProtectedHeader(accessToken);
  const GOOD = ['principal', 'principal'];

  test('a token signed just before the change verifies until it expires, everywhere', async () => {
    const { clock, nodes, verdicts, signIn } = await open();
    clock.advance(TTL_SECONDS * SECOND_MS - 1);
    const before = await signIn(nodes[0]!);
    clock.advance(1);
    const after = await signIn(nodes[1]!);
    expect(headerOf(after).kid).not.toBe(headerOf(before).kid);
    await Promise.all(nodes.map(({ signingKeys }) => signingKeys.keepUp()));
    while (clock.now() < before.accessTokenExpiresAt) {
      expect([await verdicts(before), await verdicts(after)]).toEqual([GOOD, GOOD]);
      await Promise.all(nodes.map(({ signingKeys }) => signingKeys.keepUp()));
      clock.advance(30 * SECOND_MS);
    }
    clock.advance(6 * SECOND_MS);
    expect(await verdicts(before)).toEqual(['unusable', 'unusable']);
  });

  test('nobody is signed out over ten rotations by the clock, one of them while no server runs', async () => {
    const { clock, nodes, start, verdicts, refresh, signIn } = await open();
    let session = await signIn(nodes[0]!);
    const kids = new Set([headerOf(session).kid]);
    for (let turn = 0; turn < 10; turn += 1) {
      clock.advance(TTL_SECONDS * SECOND_MS);
      if (turn === 5) nodes.splice(0, 2, await start('EdDSA'), await start('EdDSA'));
      session = await refresh(nodes[turn % 2]!, session);
      kids.add(headerOf(session).kid);
      expect(await verdicts(session)).toEqual(GOOD);
      await Promise.all(nodes.map(({ signingKeys }) => signingKeys.keepUp()));
    }
    expect(kids.size).toBe(11);
  });

  test('nobody is signed out on the way from EdDSA to ES256 to RS256, by rotations on servers that start anew', async () => {
    const { nodes, start, verdicts, refresh, signIn, clock } = await open('EdDSA');
    let session = await signIn(nodes[0]!);
    const seen = [headerOf(session).alg];
    const tokens = [session];
    for (const algorithm of ['ES256', 'RS256'] as const) {
      for (const index of [0, 1]) {
        nodes[index] = await start(algorithm);
        clock.advance(11 * SECOND_MS);
        session = await refresh(nodes[1 - index]!, session);
        tokens.push(session);
        expect(headerOf(session).alg).toBe(seen.at(-1));
        for (const each of tokens) expect(await verdicts(each)).toEqual(GOOD);
      }
      await nodes[0]!.signingKeys.rotate({ revokeCurrent: false, by: null });
      clock.advance(11 * SECOND_MS);
      session = await refresh(nodes[0]!, session);
      seen.push(headerOf(session).alg);
      tokens.push(session);
      for (const each of tokens) expect(await verdicts(each)).toEqual(GOOD);
      // The other server signs with it once the feed has told it, here as soon as it reads.
      await nodes[1]!.signingKeys.reload();
      expect(nodes[1]!.signingKeys.active().algorithm).toBe(algorithm);
    }
    expect(seen).toEqual(['EdDSA', 'ES256', 'RS256']);
  });
});
