import type { CountLife, CountRow, CountRows } from '../count-limiter.js';
import { isDuplicateKey } from './errors.js';
import { after, changed, type Expression, type NowExpression } from './expressions.js';
import type { AttemptDocument, Models } from './models.js';
import { filterFor, replaceOne } from './statements.js';
import type { StoreTime } from './time.js';

type Attempts = Models['attempts'];

/** Counts of tries in MongoDB. */
export const createCountRows = (attempts: Attempts, time: StoreTime): CountRows => ({
  async increment(key, life) {
    try {
      return await upsert(attempts, time, { key, life });
    } catch (error) {
      // Another server made the document in between: now there is one to add to.
      if (!isDuplicateKey(error, '_id')) throw error;
      return upsert(attempts, time, { key, life });
    }
  },
  async decrement(key) {
    const filter = { _id: { $eq: key }, points: { $gt: 0 }, $expr: isRemembered(time.expression()) };
    await attempts.updateOne(filterFor<AttemptDocument>(filter), { $inc: { points: -1 } });
  },
  async find(key) {
    const now = time.expression();
    const filter = { _id: { $eq: key }, $expr: isRemembered(now) };
    const document = await attempts
      .findOne(filterFor<AttemptDocument>(filter), { points: 1, expiresAt: 1, storeNow: now })
      .lean<AttemptDocument & { readonly storeNow: Date }>();
    return document && countOf(document, document.storeNow);
  },
  async delete(keys) {
    // One by one, in one command: what names one document at most, the driver sends again after a change of primaries.
    await attempts.bulkWrite(keys.map((key) => ({ deleteOne: { filter: { _id: { $eq: key } } } })));
  },
});

/** No document at all is not remembered either: what is missing compares below any date. */
const isRemembered = (now: NowExpression): Expression => ({ $gt: ['$expiresAt', now] });

async function upsert(
  attempts: Attempts,
  time: StoreTime,
  { key, life: { ttlMs, isRenewed } }: { readonly key: string; readonly life: CountLife },
): Promise<CountRow> {
  const now = time.expression();
  const expiresAt = after(now, ttlMs);
  const points = { $cond: [isRemembered(now), { $add: ['$points', 1] }, 1] };
  const count = { points, expiresAt: isRenewed ? expiresAt : { $cond: [isRemembered(now), '$expiresAt', expiresAt] } };
  const told = await replaceOne(attempts, { _id: { $eq: key } }, changed(count, now), { now, upsert: true });
  if (told === null) throw new Error('An upsert answered no document.');
  return countOf(told.document, told.now);
}

const countOf = ({ points, expiresAt }: AttemptDocument, now: Date): CountRow => ({
  points,
  leftMs: expiresAt.getTime() - now.getTime(),
});
