import type { SigningKeyRow, SigningKeyStore } from '../../domain/signing-key-store.js';
import type { Eventual } from '../guarded.js';
import { isDuplicateKey } from './errors.js';
import { changed, literal } from './expressions.js';
import type { Models, SigningKeyDocument } from './models.js';
import { insertOne } from './statements.js';
import type { StoreTime } from './time.js';

/** Signing keys in MongoDB. */
export const createSigningKeyStore = (
  signingKeys: Models['signingKeys'],
  time: StoreTime,
): Eventual<SigningKeyStore> => ({
  async create({ sequence, kid, algorithm, publicKey, encryptedPrivateKey }) {
    const now = time.expression();
    const given = Object.entries({ sequence, kid, algorithm, publicKey, encryptedPrivateKey });
    const fields = Object.fromEntries(given.map(([name, value]) => [name, literal(value)]));
    try {
      await insertOne(signingKeys, String(sequence), changed({ ...fields, activeFrom: now }, now), now);
      return true;
    } catch (error) {
      if (isDuplicateKey(error, '_id')) return false;
      throw error;
    }
  },
  async list() {
    const documents = await signingKeys.find().sort({ sequence: 1 }).lean<SigningKeyDocument[]>();
    return documents.map(signingKeyOf);
  },
});

const signingKeyOf = (document: SigningKeyDocument): SigningKeyRow => ({
  sequence: document.sequence,
  kid: document.kid,
  algorithm: document.algorithm,
  publicKey: document.publicKey,
  encryptedPrivateKey: document.encryptedPrivateKey,
  activeFrom: document.activeFrom,
});
