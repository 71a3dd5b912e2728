import type { NewSigningKey, SigningKeyRow, SigningKeyStore, SigningStart } from '../../domain/signing-key-store.js';
import type { Eventual } from '../guarded.js';
import type { ReadCertainly } from './certain-read.js';
import { isDuplicateKey } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, changed, literal } from './expressions.js';
import type { Models, SigningKeyDocument } from './models.js';
import { PIPELINE, filterFor, insertOne, replaceOne, type Filter } from './statements.js';
import type { StoreTime } from './time.js';

/** Of a document of version 0.1, which lacks the field, it is true too. */
const NOT_REVOKED = { revokedAt: { $eq: null } };

/** Signing keys in MongoDB. */
export function createSigningKeyStore(
  signingKeys: Models['signingKeys'],
  time: StoreTime,
  readCertainly: ReadCertainly,
): Eventual<SigningKeyStore> {
  /** Whether a key met the filter, which is then changed. */
  async function change(
    filter: Filter,
    fields: Readonly<Record<string, Expression>>,
    now: NowExpression,
  ): Promise<boolean> {
    return (await replaceOne(signingKeys, filter, changed(fields, now), { now })) !== null;
  }

  return {
    async create(key, start) {
      const now = time.expression();
      const document = changed(newDocument(key, start, now), now);
      try {
        await insertOne(signingKeys, String(key.sequence), document, now);
        return true;
      } catch (error) {
        if (isDuplicateKey(error, '_id')) return false;
        throw error;
      }
    },
    // Whoever reads them may go by them for long: a primary that was replaced must not say that a key is good.
    list: () =>
      readCertainly(async (session) => {
        const documents = await signingKeys.find().session(session).sort({ sequence: 1 }).lean<SigningKeyDocument[]>();
        return documents.map(signingKeyOf);
      }),
    activate(sequence) {
      const now = time.expression();
      const filter = { ...named(sequence), ...NOT_REVOKED, $expr: { $gt: ['$activeFrom', now] } };
      return change(filter, { activeFrom: now }, now);
    },
    async revokeUpTo(sequence) {
      const now = time.expression();
      const filter = filterFor<SigningKeyDocument>({ sequence: { $lte: sequence }, ...NOT_REVOKED });
      await signingKeys.updateMany(filter, [{ $set: { revokedAt: now, writtenAt: now } }], PIPELINE);
    },
    replaceEncryption(sequence, from, to) {
      const filter = { ...named(sequence), encryptedPrivateKey: { $eq: from } };
      return change(filter, { encryptedPrivateKey: literal(to) }, time.expression());
    },
    async delete({ sequence, activeFrom, revokedAt }, neededUntil) {
      const asRead = { ...named(sequence), activeFrom: { $eq: activeFrom }, revokedAt: { $eq: revokedAt } };
      const isPast = { $expr: { $lte: [literal(neededUntil), time.expression()] } };
      const { deletedCount } = await signingKeys.deleteOne(filterFor<SigningKeyDocument>({ ...asRead, ...isPast }));
      return deletedCount === 1;
    },
  };
}

const named = (sequence: number): Filter => ({ _id: { $eq: String(sequence) } });

function newDocument(
  { sequence, kid, algorithm, publicKey, encryptedPrivateKey }: NewSigningKey,
  { delayMs, notBefore }: SigningStart,
  now: NowExpression,
): Readonly<Record<string, Expression>> {
  const given = Object.entries({ sequence, kid, algorithm, publicKey, encryptedPrivateKey, revokedAt: null });
  const fields = Object.fromEntries(given.map(([name, value]) => [name, literal(value)]));
  // $max passes over what is null.
  return { ...fields, createdAt: now, activeFrom: { $max: [after(now, delayMs), literal(notBefore)] } };
}

/** A document that somebody else put there, or cut short, is a key that cannot be read: it must not stop the others. */
const signingKeyOf = (document: Partial<SigningKeyDocument> & Pick<SigningKeyDocument, '_id'>): SigningKeyRow => {
  const activeFrom = document.activeFrom ?? new Date(0);
  return {
    sequence: document.sequence ?? 0,
    kid: document.kid ?? document._id,
    algorithm: document.algorithm ?? 'EdDSA',
    publicKey: document.publicKey ?? '',
    encryptedPrivateKey: document.encryptedPrivateKey ?? '',
    createdAt: document.createdAt ?? activeFrom,
    activeFrom,
    revokedAt: document.revokedAt ?? null,
  };
};
