import mongoose from 'mongoose';
import { AuthError } from '../../domain/errors.js';
import type { Guard } from '../guarded.js';

const { mongo } = mongoose;

/** Longer than one socket's patience, so that the driver's own error comes first where it has one. */
const DEADLINE_MS = 6000;

/** What the driver and mongoose throw where they cannot reach a server that would do it. */
const UNAVAILABLE = [
  mongo.MongoNetworkError,
  mongo.MongoServerSelectionError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoWriteConcernError,
  mongoose.Error.MongooseServerSelectionError,
];

/**
 * Servers' codes for: not now, not here, not by a majority in time.
 *
 * @see https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
 */
const UNAVAILABLE_CODES = new Set<unknown>([
  6, 7, 50, 64, 79, 89, 91, 100, 112, 133, 134, 175, 189, 202, 262, 290, 317, 358, 9001, 10107, 11600, 11602, 13435,
  13436,
]);

/** What Node says of a socket; the driver wraps most of it, but not a write to one that the other end has just closed. */
const SOCKET_CODES = new Set<unknown>(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ETIMEDOUT']);

/** A server's code for: a unique index holds this already. */
export const DUPLICATE_KEY = 11000;
/** A server's code for: there is no such index. */
const INDEX_NOT_FOUND = 27;

/** Servers' codes for: this user or password is wrong, or may not do it. The last is Atlas's for a wrong one. */
const REFUSED_CODES = new Set<unknown>([13, 18, 8000]);

/** Whether a unique index on this field refused the write. */
export function isDuplicateKey(error: unknown, field: string): boolean {
  if (!(error instanceof mongo.MongoServerError) || error.code !== DUPLICATE_KEY) return false;
  const { keyPattern } = error as { keyPattern?: Readonly<Record<string, unknown>> };
  return keyPattern !== undefined && field in keyPattern;
}

/** Whether an index was to be dropped that is not there. */
export const isIndexNotFound = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === INDEX_NOT_FOUND;

/** `SERVICE_UNAVAILABLE` where the database could not do it now; anything else as it came. */
export function translateMongoError(error: unknown): unknown {
  const isUnavailable =
    UNAVAILABLE.some((kind) => error instanceof kind) ||
    (error instanceof mongo.MongoError &&
      (error.name === 'MongoWaitQueueTimeoutError' ||
        UNAVAILABLE_CODES.has(error.code) ||
        error.hasErrorLabel('RetryableWriteError'))) ||
    isSocketError(error) ||
    // A bulk write hides the driver's own error; one that a server refused names the writes.
    (error instanceof mongo.MongoBulkWriteError && isEmpty(error.writeErrors));
  return isUnavailable ? new AuthError('SERVICE_UNAVAILABLE', { cause: error }) : error;
}

/**
 * As `translateMongoError`, for a database that is being opened: what its server refuses this user is a `TypeError`
 * that names `STORE_URL`, without the server's words.
 */
export function translateOpeningError(error: unknown): unknown {
  if (!(error instanceof mongo.MongoServerError) || !REFUSED_CODES.has(error.code)) return translateMongoError(error);
  return new TypeError(
    'STORE_URL: MongoDB refuses its user: the password is wrong, or the user may not read and write this database',
    { cause: error },
  );
}

const isEmpty = (list: unknown): boolean => Array.isArray(list) && list.length === 0;

const isSocketError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && SOCKET_CODES.has(error.code);

/**
 * Bounds a call in time and translates its errors. A server that hangs without closing its sockets is noticed by the
 * driver only after a retry or two, and its `timeoutMS` has no effect: the deadline is ours. What a call that
 * missed it still does to the database is as unknown as with any lost answer.
 */
export const guardMongo =
  (deadlineMs: number = DEADLINE_MS): Guard =>
  async (call) => {
    const { promise: deadline, stop } = rejectAfter(deadlineMs);
    try {
      return await Promise.race([call(), deadline]);
    } catch (error) {
      throw translateMongoError(error);
    } finally {
      stop();
    }
  };

function rejectAfter(ms: number): { readonly promise: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const late = new Error(`MongoDB did not answer within ${ms} ms.`);
      reject(new AuthError('SERVICE_UNAVAILABLE', { cause: late }));
    }, ms);
  });
  return { promise, stop: () => clearTimeout(timer) };
}
