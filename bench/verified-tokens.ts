/**
 * What does verifying an access token cost that was verified before, beside checking its signature (jose, in the same
 * run), and what does remembering it take in memory? Tokens padded to 10 KB show that no text of them is held.
 *
 *     node --expose-gc --import tsx bench/verified-tokens.ts [--tokens=1000] [--remembered=10000] [--memory] [--json]
 */
import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { createAccessTokens, type AccessTokens } from '../src/domain/access-token.js';
import { deriveSecretKeys } from '../src/domain/secrets.js';
import {
  generateSigningKey,
  openSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from '../src/domain/signing-key.js';
import { createVerifiedTokens, digestOf } from '../src/domain/verified-tokens.js';
import { numberOption } from './support/options.js';
import { heldMegabytes, medianNanoseconds, medianNanosecondsAwaited, printResults } from './support/in-process.js';

const IS_MEMORY_ALONE = process.argv.includes('--memory');
const TOKENS = numberOption('tokens', 1_000);
const REMEMBERED = numberOption('remembered', 10_000);
const PADDING = 'x'.repeat(10_000);
const ORIGIN = 'https://auth.example.com';

const nowMs = Date.now();
const ROLES = ['EDITOR', 'MODERATOR'];

/** A token as ours are; with a padding, a long one of which nothing needs to be remembered. */
function sign(key: SigningKey, each: number, pad?: string): Promise<string> {
  const now = Math.floor(nowMs / 1000);
  const claims = { sid: `session-${each}-of-22-letters`, gen: 3, ver: nowMs, roles: ROLES, auth_time: now };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(ORIGIN)
    .setAudience(ORIGIN)
    .setSubject('a-user-of-22-characters')
    .setJti(pad ?? randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(key.privateKey);
}

async function makeKey(algorithm: SigningAlgorithm): Promise<SigningKey> {
  const secrets = deriveSecretKeys(['a secret of this benchmark, of some length']);
  const key = await openSigningKey(await generateSigningKey(1, algorithm, secrets[0]), secrets);
  if (key === null) throw new Error('The key does not open.');
  return key;
}

function createTokens(key: SigningKey): AccessTokens {
  const found = { key, isRevoked: false };
  return createAccessTokens({
    freshen: async () => undefined,
    signingKeys: { active: () => key, find: () => found, lookUp: async () => found, onRevoked: () => undefined },
    ...{ issuer: () => ORIGIN, audience: () => ORIGIN, ttlSeconds: 600, roles: ROLES },
    clock: { now: () => new Date(nowMs) },
  });
}

async function measureTime(algorithm: SigningAlgorithm): Promise<Record<string, number>> {
  const key = await makeKey(algorithm);
  const tokens = createTokens(key);
  const issued = await Promise.all(Array.from({ length: TOKENS }, (_, each) => sign(key, each)));
  const memory = createVerifiedTokens<{ readonly expiresAtSeconds: number }>();
  for (const token of issued) memory.remember(digestOf(token), { expiresAtSeconds: Infinity }, 1_000);

  const findNs = medianNanoseconds(issued, (token) => memory.find(digestOf(token), 0) !== null);
  // Each round begins with a memory that holds none of them.
  let fresh = tokens;
  const firstNs = await medianNanosecondsAwaited(issued, async (token) => {
    if (token === issued[0]) fresh = createTokens(key);
    return (await fresh.verify(token)).kind === 'valid';
  });
  for (const token of issued) await tokens.verify(token);
  const hitNs = await medianNanosecondsAwaited(issued, async (token) => (await tokens.verify(token)).kind === 'valid');
  const signatureNs = await medianNanosecondsAwaited(
    issued,
    async (token) => (await jwtVerify(token, key.publicKey)).payload.iss === ORIGIN,
  );
  const ratios = { hitsPerSignature: signatureNs / hitNs, firstPerSignature: signatureNs / firstNs };
  return { characters: issued[0]?.length ?? 0, findNs, hitNs, firstNs, signatureNs, ...ratios };
}

/** Bytes that each token takes once it was verified, and that each would take in a `Map` by its text. */
async function measureMemory(pad?: string): Promise<Record<string, number>> {
  const key = await makeKey('EdDSA');
  const tokens = createTokens(key);
  const byText = new Map<string, true>();
  let characters = 0;
  const measure = async (keep: (token: string) => unknown): Promise<number> => {
    const before = heldMegabytes();
    for (let each = 0; each < REMEMBERED; each += 1) {
      const token = await sign(key, each, pad);
      characters = token.length;
      await keep(token);
    }
    return ((heldMegabytes() - before) * 1e6) / REMEMBERED;
  };
  const byTextBytes = await measure((token) => byText.set(token, true));
  const rememberedBytes = await measure((token) => tokens.verify(token));
  if (byText.size !== REMEMBERED) throw new Error('The comparison does not hold the tokens.');
  return { characters, byTextBytes, rememberedBytes };
}

printResults({
  'memory, ordinary tokens': await measureMemory(),
  'memory, tokens of 10 KB': await measureMemory(PADDING),
  ...(!IS_MEMORY_ALONE && {
    EdDSA: await measureTime('EdDSA'),
    ES256: await measureTime('ES256'),
    RS256: await measureTime('RS256'),
  }),
});
