import type { ClientSession } from 'mongoose';
import type { SessionId, UserId } from '../../domain/ids.js';
import type { Revocation } from '../../domain/revocation.js';
import type { Models, SessionDocument, UserDocument } from './models.js';

/** So many are told at once: a node that loads a million goes on answering. */
const BATCH = 1_000;

/** What was revoked since that moment, oldest first, in batches. */
export async function* loadRevocations(
  { sessions, users }: Models,
  since: Date,
  session?: ClientSession,
): AsyncGenerator<Revocation[]> {
  const options = session ? { session } : {};
  const ended = sessions.collection
    .find<Pick<SessionDocument, '_id'> & { endedAt: Date }>({ endedAt: { $gt: since } }, options)
    .project<{ _id: string; endedAt: Date }>({ endedAt: 1 })
    .sort({ endedAt: 1 });
  const changed = users.collection
    .find({ verChangedAt: { $gt: since } }, options)
    .project<Pick<UserDocument, '_id' | 'ver' | 'floor' | 'verChangedAt'>>({ ver: 1, floor: 1, verChangedAt: 1 })
    .sort({ verChangedAt: 1 });

  yield* inBatches(ended, ({ _id, endedAt: at }) => ({ kind: 'session-ended', sessionId: _id as SessionId, at }));
  yield* inBatches(changed, ({ _id, ver, floor, verChangedAt: at }) => {
    return { kind: 'user-changed', userId: _id as UserId, ver, floor, at };
  });
}

async function* inBatches<Document>(
  documents: AsyncIterable<Document>,
  toRevocation: (document: Document) => Revocation,
): AsyncGenerator<Revocation[]> {
  let batch: Revocation[] = [];
  for await (const document of documents) {
    batch.push(toRevocation(document));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
