import { NOBODY, type AuditNote, type NewAuditEntry } from '../../domain/audit-entry.js';
import type { SessionId } from '../../domain/ids.js';
import type { SessionLifetimes, SessionStore, Stamped } from '../../domain/session-store.js';
import type { EndReason } from '../../domain/session.js';
import { entryOf, entryOfEnd, isByOwner, isFinding } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import { keepingOutbox, outboxEntry, withOutbox } from './audit-outbox.js';
import type { Expression, NowExpression } from './expressions.js';
import { changed } from './expressions.js';
import type { Models, SessionDocument } from './models.js';
import {
  advanced,
  ended,
  isOpen,
  meeting,
  meetingForAnswer,
  open,
  presented,
  reauthenticated,
} from './session-change.js';
import { newSessionFields, sessionOf } from './session-document.js';
import type { Filter, Told } from './statements.js';
import { PIPELINE, filterFor, insertOne, replaceOne } from './statements.js';
import type { AuditedWriting } from './time.js';

type Sessions = Models['sessions'];

/** Sessions in MongoDB. Each guarded change is one `findOneAndUpdate`, which both decides and answers. */
export function createSessionStore(sessions: Sessions, { time, outbox }: AuditedWriting): Eventual<SessionStore> {
  async function endOne(
    filter: Filter & { readonly _id: { readonly $eq: SessionId } },
    { reason, lifetimes, by = NOBODY }: End,
    now = time.expression(),
  ): Promise<Told<SessionDocument> | null> {
    const replacement = changed(ended(reason, lifetimes, now), now);
    const entry = entryOfEnd(reason, filter._id.$eq, by);
    const untold = keepingOutbox(replacement);
    const told = entry === null ? untold : withOutbox(replacement, [ownEntry(entry, now)]);
    // What time ended before is not told of as if somebody had ended it.
    const after = isFinding(reason) ? told : { $cond: [isOpen(now), told, untold] };
    return outbox.settled(sessions, () => replaceOne(sessions, { ...filter, endedAt: null }, after, { now }));
  }

  return {
    async create(session, lifetimes) {
      const now = time.expression();
      const fields = newSessionFields(session, lifetimes, now);
      return stamped(await insertOne(sessions, session.id, changed(fields, now), now));
    },

    async present(presentation, lifetimes) {
      const now = time.expression();
      const filter = { _id: { $eq: presentation.sessionId } };
      const told = await replaceOne(sessions, filter, presented(presentation, lifetimes, now), { now });
      return told && { owner: null, ...stamped(told) };
    },

    async markAnswered(premise, arrivedAt) {
      const now = time.expression();
      const filter = { ...meetingForAnswer(premise, arrivedAt), ...open(now) };
      const told = await replaceOne(sessions, filter, changed({ answeredAt: now }, now), { now });
      return told && stamped(told);
    },

    async displace(premise, successor, lifetimes) {
      const now = time.expression();
      const filter = { ...meeting(premise), ...open(now) };
      const displaced = keepingOutbox(changed(advanced(successor, lifetimes, now), now));
      const told = await replaceOne(sessions, filter, displaced, { now });
      return told && stamped(told);
    },

    async reauthenticate(reauthentication, lifetimes, by = NOBODY) {
      const now = time.expression();
      const { sessionId, user } = reauthentication;
      const filter = { _id: { $eq: sessionId }, userId: { $eq: user.id } };
      const entry = ownEntry(entryOf('reauthentication', { ...by, sessionId }), now);
      const after = reauthenticated(reauthentication, lifetimes, { now, entry });
      const told = await outbox.settled(sessions, () => replaceOne(sessions, filter, after, { now }));
      return told && stamped(told);
    },

    endWhere: async (premise, reason, lifetimes, by) =>
      (await endOne(meeting(premise), { reason, lifetimes, by })) !== null,
    async end(id, reason, lifetimes, by) {
      const told = await endOne({ _id: { $eq: id } }, { reason, lifetimes, by });
      return told && sessionOf(told.document);
    },
    endBelow: (userId, floor, reason, lifetimes) =>
      endMany(sessions, { userId: { $eq: userId }, ver: { $lt: floor } }, reason, lifetimes, time.expression()),
    async endListed(userId, ids, reason, lifetimes, by) {
      const ending = ids.map((id) => {
        const now = time.expression();
        return endOne({ _id: { $eq: id }, userId: { $eq: userId }, ...open(now) }, { reason, lifetimes, by }, now);
      });
      return (await Promise.all(ending)).flatMap((told) => (told === null ? [] : [sessionOf(told.document).id]));
    },

    async confirm(confirmations) {
      // MongoDB refuses an empty list.
      if (confirmations.length === 0) return;
      const now = time.expression();
      const writes = confirmations.map(({ sessionId, generation }) => ({
        updateOne: {
          filter: filterFor<SessionDocument>({ _id: { $eq: sessionId }, ...open(now) }),
          update: { $max: { confirmedGeneration: generation } },
        },
      }));
      await sessions.bulkWrite(writes, { ordered: false });
    },

    async findById(id) {
      const document = await sessions.findOne({ _id: { $eq: id } }).lean<SessionDocument>();
      return document && sessionOf(document);
    },
    async listOpenByUser(userIds) {
      const documents = await sessions
        .find(filterFor<SessionDocument>({ userId: { $in: userIds }, ...open(time.expression()) }))
        .sort({ lastSeenAt: -1, _id: 1 })
        .lean<SessionDocument[]>();
      return documents.map(sessionOf);
    },
    async listSurplus(userId, kept) {
      const documents = await sessions
        .find(filterFor<SessionDocument>({ userId: { $eq: userId }, ...open(time.expression()) }), { _id: 1 })
        .sort({ lastSeenAt: -1, _id: 1 })
        .skip(kept)
        .lean<{ readonly _id: string }[]>();
      return documents.map(({ _id }) => _id as SessionId);
    },
  };
}

interface End {
  readonly reason: EndReason;
  readonly lifetimes: SessionLifetimes;
  readonly by?: AuditNote | undefined;
}

/** An entry of the session in whose outbox it is: the document knows whose it is. */
const ownEntry = (entry: NewAuditEntry, now: NowExpression): Expression => {
  const actor = isByOwner(entry) ? { actorId: '$userId' } : {};
  return outboxEntry(entry, now, { subjectId: '$userId', ...actor });
};

const stamped = ({ document, now }: Told<SessionDocument>): Stamped => ({ session: sessionOf(document), now });

/**
 * Ends the open rows that meet the filter. An update of many rows names none of them, so they are read before; it
 * ends by the filter and not by those names, so that a session whose insertion is not acknowledged yet, which the
 * read does not see, ends with the others.
 */
async function endMany(
  sessions: Sessions,
  filter: Filter,
  reason: EndReason,
  lifetimes: SessionLifetimes,
  now: NowExpression,
): Promise<SessionId[]> {
  const openOnes = filterFor<SessionDocument>({ ...filter, ...open(now) });
  const documents = await sessions.find(openOnes, { _id: 1 }).lean<{ readonly _id: string }[]>();
  const replacement = keepingOutbox(changed(ended(reason, lifetimes, now), now));
  await sessions.updateMany(openOnes, [{ $replaceWith: replacement }], PIPELINE);
  return documents.map(({ _id }) => _id as SessionId);
}
