import type { ClientSession, Connection } from 'mongoose';
import { oneAtATime } from '../../domain/one-at-a-time.js';
import type { Heartbeat } from './heartbeat.js';

/** Runs a read that sees every change acknowledged before this call; rejects where the database cannot be sure. */
export type ReadCertainly = <Result>(read: (session: ClientSession) => Promise<Result>) => Promise<Result>;

/**
 * A plain read, be it of what a majority has, may come from a primary that another has replaced without its knowing.
 * Such a one cannot have a majority acknowledge a write: one is made before each read, and the read is held behind it.
 *
 * @see https://www.mongodb.com/docs/manual/core/read-isolation-consistency-recency/#causal-consistency
 */
export function createCertainRead(connection: Connection, heartbeat: Heartbeat): ReadCertainly {
  const writeFirst = oneAtATime(() =>
    inSession(connection, async (session) => {
      await heartbeat.write(heartbeat.next(), session);
      return session.operationTime;
    }),
  );

  return async (read) => {
    const writtenAt = await writeFirst();
    return inSession(connection, (session) => {
      if (writtenAt) session.advanceOperationTime(writtenAt);
      return read(session);
    });
  };
}

/** For a server that is no member of a replica set: nobody can have replaced it. */
export const createPlainRead =
  (connection: Connection): ReadCertainly =>
  (read) =>
    inSession(connection, read);

/** Each operation of the session sees what the one before it saw or did. */
async function inSession<Result>(
  connection: Connection,
  act: (session: ClientSession) => Promise<Result>,
): Promise<Result> {
  const session = await connection.startSession({ causalConsistency: true });
  try {
    return await act(session);
  } finally {
    await session.endSession();
  }
}
