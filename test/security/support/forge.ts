import { createHmac, KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, type CryptoKey } from 'jose';
import { deriveSecretKeys } from '../../../src/domain/secrets.js';
import { openSigningKey, type SigningAlgorithm, type SigningKey } from '../../../src/domain/signing-key.js';
import type { Fixture } from '../../http/support/fixture.js';
import { signUp, type Person } from '../../http/support/people.js';
import { SERVER_SECRET } from '../../support/server.js';

/** Puts a signature on `header.claims`, as bytes. */
export type Signer = (signed: string) => Promise<Uint8Array> | Uint8Array;

type Members = Readonly<Record<string, unknown>>;

/** What makes tokens of any shape, each once as an attacker would, and once with the honest value in its place. */
export interface Forge {
  readonly person: Person;
  /** Those of a token that the server made. A member that a change gives as `undefined` is left out. */
  readonly header: Members;
  readonly claims: Members;
  /** The server's own key, which signed that token. */
  readonly key: SigningKey;
  /** Signs as the server does. */
  readonly bySigner: Signer;
  readonly attacker: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey; readonly sign: Signer };
  /** A token with changes; by the server's own key where none is given. */
  make(change: { readonly header?: Members; readonly claims?: Members; readonly signer?: Signer }): Promise<string>;
}

export async function openForge({ server, backend, clock }: Fixture, algorithm: SigningAlgorithm): Promise<Forge> {
  const person = await signUp(server);
  const header = decodeProtectedHeader(person.token);
  const claims = decodeJwt(person.token);
  const key = await readKey(await backend.open({ clock }), header.kid ?? '');
  const attacker = await generateKeyPair(algorithm, { extractable: true });
  const bySigner = signBy(key.privateKey, algorithm);
  return {
    ...{ person, header, claims, key, bySigner },
    attacker: { ...attacker, sign: signBy(attacker.privateKey, algorithm) },
    make: (change) =>
      assemble(
        encode({ ...header, ...change.header }),
        encode({ ...claims, ...change.claims }),
        change.signer ?? bySigner,
      ),
  };
}

type OpenStores = Awaited<ReturnType<Fixture['backend']['open']>>;

/** A key of the server, as whoever has its secret can read it. */
export async function readKey({ signingKeys }: OpenStores, kid: string): Promise<SigningKey> {
  const row = (await signingKeys.list()).find((each) => each.kid === kid);
  const key = row && (await openSigningKey(row, deriveSecretKeys([SERVER_SECRET])));
  if (key == null) throw new Error(`There is no key ${kid} that can be read.`);
  return key;
}

const ALGORITHMS = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
};

export const signBy =
  (key: CryptoKey | KeyObject, algorithm: SigningAlgorithm): Signer =>
  async (signed) => {
    // By another implementation than the server's.
    const imported = key instanceof KeyObject ? await importJWK(key.export({ format: 'jwk' }), algorithm) : key;
    return new Uint8Array(await crypto.subtle.sign(ALGORITHMS[algorithm], imported as CryptoKey, Buffer.from(signed)));
  };

export const signByHmac =
  (secret: string | Uint8Array, hash = 'sha256'): Signer =>
  (signed) =>
    createHmac(hash, secret).update(signed).digest();

/** Any text, or any value as JSON, as a part of a token. */
export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Of two parts as they are, with their signature. */
export async function assemble(header: string, claims: string, signer: Signer): Promise<string> {
  const signature = await signer(`${header}.${claims}`);
  return `${header}.${claims}.${Buffer.from(signature).toString('base64url')}`;
}
