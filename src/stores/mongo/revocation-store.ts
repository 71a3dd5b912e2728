import type { RevocationStore } from '../../domain/revocation-store.js';
import { guarded } from '../guarded.js';
import { guardMongo } from './errors.js';
import type { SessionDocument, UserDocument } from './models.js';
import { followByPolling } from './revocation-polling.js';
import { followStream, type FeedSource } from './revocation-stream.js';
import { sessionOf } from './session-document.js';
import { existingUser } from './user-document.js';

/** A request waits for it that may not need it at all, such as one for what is public. */
const READ_NOW_DEADLINE_MS = 3_000;

/** Revocations in MongoDB: no rows of their own, but what the rows of sessions, users and keys come to. */
export const createRevocationStore = (
  source: FeedSource & { readonly hasChangeStreams: boolean },
): RevocationStore => ({
  follow: (listener, options) =>
    source.hasChangeStreams ? followStream(source, listener, options) : followByPolling(source, listener, options),
  ...guarded<Pick<RevocationStore, 'readNow'>>(
    {
      readNow(sessionId, userId) {
        const { models, readCertainly, time } = source;
        return readCertainly(async (clientSession) => {
          const options = { session: clientSession };
          const document = await models.sessions
            .findOne({ _id: { $eq: sessionId } }, null, options)
            .lean<SessionDocument>();
          const user = await models.users.findOne({ _id: { $eq: userId } }, null, options).lean<UserDocument>();
          const now = time.clock.now();
          return {
            row: document && { session: sessionOf(document), now },
            owner: { user: existingUser(user), now },
          };
        });
      },
    },
    guardMongo(READ_NOW_DEADLINE_MS),
  ),
});
