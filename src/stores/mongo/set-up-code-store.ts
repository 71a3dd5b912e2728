import type { SecretHash, UserId } from '../../domain/ids.js';
import type { SetUpCodeStore } from '../../domain/set-up-code-store.js';
import type { Eventual } from '../guarded.js';
import { isDuplicateKey } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, literal } from './expressions.js';
import type { Models, SetUpDocument } from './models.js';
import { PIPELINE, filterFor } from './statements.js';
import type { StoreTime } from './time.js';

type SetUpCodes = Models['setUpCodes'];

const THE_ONE = { _id: { $eq: 'set-up' } };
/** MongoDB may delete the document once no code holds and no claim stands. */
const WITH_PURGE = { $set: { purgeAt: { $max: [{ $max: '$codes.expiresAt' }, '$claim.lapsesAt'] } } };

/** Set-up codes in MongoDB. */
export const createSetUpCodeStore = (setUpCodes: SetUpCodes, time: StoreTime): Eventual<SetUpCodeStore> => ({
  create: (hash, ttlMs) => createCode(setUpCodes, hash, ttlMs, time.expression()),
  async claim(hash, userId, claimTtlMs) {
    const now = time.expression();
    const filter = { ...THE_ONE, $expr: { $and: [isKnown(hash, now), isFreeFor(userId, now)] } };
    const claim = { userId: literal(userId), lapsesAt: after(now, claimTtlMs) };
    const claimed = await setUpCodes
      .findOneAndUpdate(filterFor<SetUpDocument>(filter), [{ $set: { claim } }, WITH_PURGE], PIPELINE)
      .lean();
    return claimed !== null;
  },
  async release(userId) {
    await setUpCodes.updateOne({ ...THE_ONE, 'claim.userId': { $eq: userId } }, { $set: { claim: null } });
  },
});

const isKnown = (hash: SecretHash, now: NowExpression): Expression => ({
  $anyElementTrue: {
    $map: {
      input: '$codes',
      in: { $and: [{ $eq: ['$$this.hash', literal(hash)] }, { $gt: ['$$this.expiresAt', now] }] },
    },
  },
});

const isFreeFor = (userId: UserId, now: NowExpression): Expression => ({
  $or: [{ $eq: ['$claim', null] }, { $eq: ['$claim.userId', literal(userId)] }, { $lte: ['$claim.lapsesAt', now] }],
});

async function createCode(setUpCodes: SetUpCodes, hash: SecretHash, ttlMs: number, now: NowExpression): Promise<void> {
  const isAnotherAndHolds = { $and: [{ $ne: ['$$this.hash', literal(hash)] }, { $gt: ['$$this.expiresAt', now] }] };
  const others = { $filter: { input: { $ifNull: ['$codes', []] }, cond: isAnotherAndHolds } };
  const code = { hash: literal(hash), expiresAt: after(now, ttlMs) };
  const stage = { $set: { codes: { $concatArrays: [others, [code]] }, claim: { $ifNull: ['$claim', null] } } };
  const upsert = async (): Promise<unknown> =>
    setUpCodes.updateOne(THE_ONE, [stage, WITH_PURGE], { ...PIPELINE, upsert: true });
  try {
    await upsert();
  } catch (error) {
    // Another server made the document in between: now there is one to add to.
    if (!isDuplicateKey(error, '_id')) throw error;
    await upsert();
  }
}
