import { NOBODY, type AuditAction, type AuditNote } from '../../domain/audit-entry.js';
import type { NewSigningKey, SigningKeyRow, SigningKeyStore, SigningStart } from '../../domain/signing-key-store.js';
import { entryOf } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import type { ReadCertainly } from './certain-read.js';
import { isDuplicateKey } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, changed, literal } from './expressions.js';
import type { Models, SigningKeyDocument } from './models.js';
import { filterFor, insertOne, replaceOne, type Filter } from './statements.js';
import type { AuditedWriting } from './time.js';

/** Of a document of version 0.1, which lacks the field, it is true too. */
const NOT_REVOKED = { revokedAt: { $eq: null } };

/** Signing keys in MongoDB. */
export function createSigningKeyStore(
  signingKeys: Models['signingKeys'],
  { time, outbox }: AuditedWriting,
  readCertainly: ReadCertainly,
): Eventual<SigningKeyStore> {
  /** Whether a key met the filter, which is then changed. */
  async function change(
    filter: Filter,
    fields: Readonly<Record<string, Expression>>,
    { action, now, by = NOBODY }: Change,
  ): Promise<boolean> {
    const entry = outboxEntry(entryOf(action, by), now, { reason: '$kid' });
    const replacement = withOutbox(changed(fields, now), [entry]);
    return (await outbox.settled(signingKeys, () => replaceOne(signingKeys, filter, replacement, { now }))) !== null;
  }

  return {
    async create(key, start, by = NOBODY) {
      const now = time.expression();
      const entry = outboxEntry(entryOf('signing-key-created', by, { reason: key.kid }), now);
      const document = withOutbox(changed(newDocument(key, start, now), now), [entry]);
      try {
        await outbox.settled(signingKeys, () => insertOne(signingKeys, String(key.sequence), document, now));
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
    activate(sequence, by) {
      const now = time.expression();
      const filter = { ...named(sequence), ...NOT_REVOKED, $expr: { $gt: ['$activeFrom', now] } };
      return change(filter, { activeFrom: now }, { action: 'signing-key-activated', now, by });
    },
    async revokeUpTo(sequence, by) {
      const filter = { sequence: { $lte: sequence }, ...NOT_REVOKED };
      const now = time.expression();
      // Each by a write of its own, which says that it was this one; until there is none.
      while (await change(filter, { revokedAt: now }, { action: 'signing-key-revoked', now, by }));
    },
    replaceEncryption(sequence, from, to) {
      const filter = { ...named(sequence), encryptedPrivateKey: { $eq: from } };
      const now = time.expression();
      return change(filter, { encryptedPrivateKey: literal(to) }, { action: 'signing-key-reencrypted', now });
    },
    async delete({ sequence, activeFrom, revokedAt }, neededUntil) {
      const asRead = { ...named(sequence), activeFrom: { $eq: activeFrom }, revokedAt: { $eq: revokedAt } };
      const now = time.expression();
      const isPast = { $expr: { $lte: [literal(neededUntil), now] } };
      const unmarked = { ...asRead, ...isPast, deletedAt: { $exists: false }, outbox: { $exists: false } };
      await change(unmarked, { deletedAt: now }, { action: 'signing-key-deleted', now });
      // What the audit log lacks must not go with it.
      const isTold = { deletedAt: { $exists: true }, outbox: { $exists: false } };
      const { deletedCount } = await signingKeys.deleteOne(filterFor<SigningKeyDocument>({ ...asRead, ...isTold }));
      return deletedCount === 1;
    },
  };
}

interface Change {
  readonly action: AuditAction;
  readonly now: NowExpression;
  readonly by?: AuditNote | undefined;
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
