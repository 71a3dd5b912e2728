import type { mongo } from 'mongoose';
import type { SessionId, UserId } from '../../domain/ids.js';
import type { Revocation } from '../../domain/revocation.js';

/** What the change stream tells, as far as a node has to know it. */
export type FeedChange =
  | { readonly kind: 'revocation'; readonly revocation: Revocation }
  | { readonly kind: 'keys' }
  | { readonly kind: 'permissions' }
  | { readonly kind: 'beat'; readonly beat: number };

/** The fields that make a difference; the stream carries no others. */
interface ChangedFields {
  readonly endedAt?: Date | null;
  readonly ver?: number;
  readonly floor?: number;
  readonly verChangedAt?: Date;
  readonly beat?: number;
}

/** An event, cut down by {@link feedPipeline}. */
export interface FeedEvent {
  readonly operationType: 'insert' | 'update' | 'replace' | 'delete';
  readonly ns: { readonly coll: string };
  readonly documentKey: { readonly _id: string };
  readonly wallTime?: Date;
  readonly fullDocument?: ChangedFields;
  readonly updateDescription?: { readonly updatedFields: ChangedFields };
}

const FIELDS = ['endedAt', 'ver', 'floor', 'verChangedAt', 'beat'] as const;
const shown = (prefix: string): Record<string, 1> =>
  Object.fromEntries(FIELDS.map((field) => [`${prefix}.${field}`, 1]));

/**
 * What of the database's changes a node asks for: sessions that ended, users whose rights changed, keys, what roles
 * allow, and its own heartbeat. A pipeline update of a small row arrives as `replace`, without `updateDescription`: both are looked at.
 */
export const feedPipeline = (nodeId: string): mongo.Document[] => [
  {
    $match: {
      operationType: { $in: ['insert', 'update', 'replace', 'delete'] },
      $or: [
        {
          'ns.coll': 'sessions',
          $or: [
            { operationType: 'delete' },
            { 'fullDocument.endedAt': { $type: 'date' } },
            { 'updateDescription.updatedFields.endedAt': { $type: 'date' } },
          ],
        },
        {
          'ns.coll': 'users',
          $or: [
            { operationType: { $in: ['delete', 'replace'] } },
            { 'updateDescription.updatedFields.ver': { $exists: true } },
          ],
        },
        { 'ns.coll': { $in: ['signingKeys', 'rolePermissions'] } },
        { 'ns.coll': 'heartbeats', 'documentKey._id': nodeId },
      ],
    },
  },
  {
    $project: {
      operationType: 1,
      'ns.coll': 1,
      'documentKey._id': 1,
      wallTime: 1,
      ...shown('fullDocument'),
      ...shown('updateDescription.updatedFields'),
    },
  },
];

/** What the event says; `null`: nothing that a node has to know. `now` stands in where the event has no time. */
export function toFeedChange(event: FeedEvent, now: Date): FeedChange | null {
  const fields = event.fullDocument ?? event.updateDescription?.updatedFields ?? {};
  switch (event.ns.coll) {
    case 'sessions':
      return sessionChange(event, fields.endedAt ?? event.wallTime ?? now);
    case 'users':
      return userChange(event, fields, event.wallTime ?? now);
    case 'signingKeys':
      return { kind: 'keys' };
    case 'rolePermissions':
      return { kind: 'permissions' };
    case 'heartbeats':
      return fields.beat === undefined ? null : { kind: 'beat', beat: fields.beat };
    default:
      return null;
  }
}

const sessionChange = ({ documentKey }: FeedEvent, at: Date): FeedChange => ({
  kind: 'revocation',
  revocation: { kind: 'session-ended', sessionId: documentKey._id as SessionId, at },
});

function userChange({ operationType, documentKey }: FeedEvent, fields: ChangedFields, at: Date): FeedChange | null {
  const userId = documentKey._id as UserId;
  if (operationType === 'delete') {
    // Of milliseconds, as every `ver` is: past those of all tokens, and not past that of a user of the same id to come.
    const ver = at.getTime();
    return { kind: 'revocation', revocation: { kind: 'user-changed', userId, ver, floor: ver, at } };
  }
  const { ver, floor = null, verChangedAt = at } = fields;
  if (ver === undefined) return null;
  return { kind: 'revocation', revocation: { kind: 'user-changed', userId, ver, floor, at: verChangedAt } };
}
