import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SigningKey } from '../../src/domain/signing-key.js';
import { openFixture, type Fixture } from '../http/support/fixture.js';
import { refreshed, VIEWER } from '../http/support/people.js';
import { startServer, type TestServer } from '../support/server.js';
import { storeBackends } from '../support/stores.js';
import { openForge, readKey, signBy, type Forge } from './support/forge.js';

const KEY_TTL_SECONDS = 86_400;
/** The lifetime of an access token, and a minute more. */
const OVERLAP_MS = 660_000;

const ask = ({ client }: TestServer, token: string) => client().ask(VIEWER, { token });

describe.each(storeBackends())('Keys of a server (%s)', (backendName) => {
  let fixture: Fixture;
  let forge: Forge;
  let second: TestServer | undefined;
  beforeEach(async () => {
    fixture = await openFixture(backendName, {
      ...{ SIGNING_KEY_TTL_SECONDS: String(KEY_TTL_SECONDS), PUBLIC_URL: 'http://auth.example.com' },
    });
    forge = await openForge(fixture, 'EdDSA');
  });
  afterEach(async () => {
    await second?.close();
    await fixture.close();
  });

  /** A token of now, of any age that its key may have, signed by whoever holds the key. */
  function signedNow(kid: string, key = forge.key): Promise<string> {
    const now = Math.floor(fixture.clock.now().getTime() / 1000);
    return forge.make({
      header: { kid, alg: key.algorithm },
      claims: { iat: now, exp: now + 300 },
      signer: signBy(key.privateKey, key.algorithm),
    });
  }

  test('a retired key verifies what it signed within its overlap, and nothing any more after it', async () => {
    const { server, clock } = fixture;
    const { kid } = forge.key;
    clock.advance(KEY_TTL_SECONDS * 1000 - 1_000);
    const before = await refreshed(server, forge.person);
    expect(await signedNow(kid).then((token) => ask(server, token))).toMatchObject({ status: 200 });

    clock.advance(2_000);
    const after = await refreshed(server, before);
    const activeKid = kidOf(after.token);
    expect([kidOf(before.token), activeKid === kid]).toEqual([kid, false]);
    expect((await ask(server, before.token)).text('viewer.id')).toBe(forge.person.id);

    clock.advance(OVERLAP_MS - 3_000);
    expect((await ask(server, await signedNow(kid))).status).toBe(200);
    clock.advance(3_000);
    const active = await readKey(await fixture.backend.open({ clock }), activeKid);
    expect((await ask(server, await signedNow(activeKid, active))).status).toBe(200);
    expect(await ask(server, await signedNow(kid))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  describe('of another algorithm', () => {
    let other: SigningKey;
    beforeEach(async () => {
      second = await startServer(fixture.backend.url, {
        environment: { SIGNING_ALGORITHM: 'ES256', PUBLIC_URL: 'http://auth.example.com' },
        clock: fixture.clock,
      });
      const stores = await fixture.backend.open({ clock: fixture.clock });
      const row = (await stores.signingKeys.list()).find(({ algorithm }) => algorithm === 'ES256');
      other = await readKey(stores, row?.kid ?? '');
    });

    test('a key signs under its own name alone, and by its own algorithm', async () => {
      const server = second!;
      const { key } = forge;
      expect((await ask(server, await signedNow(key.kid))).status).toBe(200);
      expect((await ask(server, await signedNow(other.kid, other))).status).toBe(200);

      const claims = {};
      const [byKey, byOther] = [signBy(key.privateKey, 'EdDSA'), signBy(other.privateKey, 'ES256')];
      const forgeries = [
        { header: { kid: key.kid, alg: 'ES256' }, claims, signer: byOther },
        { header: { kid: key.kid, alg: 'EdDSA' }, claims, signer: byOther },
        { header: { kid: other.kid, alg: 'EdDSA' }, claims, signer: byKey },
        { header: { kid: other.kid, alg: 'ES256' }, claims, signer: byKey },
      ];
      for (const forgery of forgeries) {
        expect(await ask(server, await forge.make(forgery))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      }
    });

    test('a key that another server has just made is found', async () => {
      const token = await signedNow(other.kid, other);
      expect((await ask(fixture.server, token)).text('viewer.id')).toBe(forge.person.id);
    });
  });
});

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
