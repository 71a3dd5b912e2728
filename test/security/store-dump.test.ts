import { createDecipheriv } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import type { SigningKeyRow } from '../../src/domain/signing-key-store.js';
import { describeOnEachServer } from '../http/support/fixture.js';
import { freshEmail, refresh, refreshed, signIn, signInBrowser, signUp, VIEWER } from '../http/support/people.js';
import { dumpStore } from '../http/support/raw-store.js';
import { SERVER_SECRET } from '../support/server.js';

const SECRET_START = 20;
const SECRET_END = 52;

/** A secret as it could be written down: as it is, and its bytes in each of these ways. */
function spellings(text: string): (string | Buffer)[] {
  const bytes = Buffer.from(text, 'base64url');
  return [text, bytes, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

/** The token, and the 256 bits of it that are the secret. */
function spellingsOfRefreshToken(token: string): (string | Buffer)[] {
  const bytes = Buffer.from(token.slice('lkr_'.length), 'base64url');
  const secret = bytes.subarray(SECRET_START, SECRET_END).toString('base64url');
  return [token, token.slice('lkr_'.length), ...spellings(secret)];
}

/** The `d` of the signing key, as whoever has `LATCHKEY_SECRET` can read it. */
function decryptPrivateKey({ kid, algorithm, publicKey, encryptedPrivateKey }: SigningKeyRow): string {
  const bytes = Buffer.from(encryptedPrivateKey, 'base64url');
  const [{ signingKeyEncryption }] = deriveSecretKeys([SERVER_SECRET]);
  const decipher = createDecipheriv('aes-256-gcm', signingKeyEncryption, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from([kid, algorithm, publicKey].join('\0')));
  decipher.setAuthTag(bytes.subarray(-16));
  const jwk = decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
  return (JSON.parse(jwk) as { d: string }).d;
}

describeOnEachServer('A dump of the store', (fixture) => {
  test('holds none of the values that clients, the operator or the signing key hold, and neither does the log', async () => {
    const { server, backend, clock, setUpCode } = fixture();
    const passwords = ['a password to be searched for', 'another one to search'];
    const first = await signUp(server, { email: freshEmail(), password: passwords[0]! });
    const second = await signUp(server, { email: freshEmail(), password: passwords[1]! });
    const tokens: string[] = [];
    const refreshTokens: string[] = [];
    for (const person of [first, second, await signIn(server, first)]) {
      let current = person;
      for (let turn = 0; turn < 3; turn += 1) {
        tokens.push(current.token);
        refreshTokens.push(current.refreshToken);
        await server.client().ask(VIEWER, { token: current.token });
        clock.advance(11_000);
        current = await refreshed(server, current);
      }
      tokens.push(current.token);
      refreshTokens.push(current.refreshToken);
    }
    const browser = await signInBrowser(server, second);
    tokens.push(browser.cookies.get('latchkey-access')!);
    refreshTokens.push(browser.cookies.get('latchkey-refresh')!);
    // A theft, a ban, a sign-out and a refusal leave their traces too.
    await refresh(server, refreshTokens[0]!);
    const { token } = await fixture().admin();
    const ban = 'mutation ($id: ID!) { banUser(input: { userId: $id, reason: "r" }) { user { id } } }';
    await server.client().ask(ban, { token, variables: { id: second.id } });
    await browser.ask('mutation { signOut { signedOut } }');

    const [row] = await (await backend.open()).signingKeys.list();
    const d = decryptPrivateKey(row!);
    expect(Buffer.from(d, 'base64url')).toHaveLength(32);

    const hidden = [
      ...tokens.flatMap((each) => [each, each.split('.')[2]!]),
      ...refreshTokens.flatMap(spellingsOfRefreshToken),
      ...passwords.flatMap((each) => [each, Buffer.from(each).toString('base64'), Buffer.from(each).toString('hex')]),
      ...[setUpCode, setUpCode.replaceAll('-', '')],
      ...spellings(d),
      ...spellings(SERVER_SECRET),
    ];
    const dump = await dumpStore(backend.url);
    // The search itself works: what stands there is found.
    for (const known of [first.email, first.id, first.sessionId, decodeJwt(tokens[0]!).sub!]) {
      expect(dump.includes(known)).toBe(true);
    }
    expect(hidden.filter((value) => dump.includes(value))).toEqual([]);
    const log = server.log();
    expect(log).toContain('session.theft');
    expect(hidden.filter((value) => typeof value === 'string' && log.includes(value))).toEqual([]);
  });
});
