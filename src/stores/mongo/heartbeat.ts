import { randomUUID } from 'node:crypto';
import type { ClientSession } from 'mongoose';
import { guardMongo } from './errors.js';
import type { Models } from './models.js';

/** A row of this node's own, which it changes again and again: what comes back of it shows what has reached the node. */
export interface Heartbeat {
  readonly nodeId: string;
  /** The number of the next beat, never given twice. */
  next(): number;
  /** Writes this beat; resolves once a majority has it. @throws AuthError `SERVICE_UNAVAILABLE` */
  write(beat: number, session?: ClientSession): Promise<void>;
}

/** The row of a node that starts now. MongoDB deletes it an hour after its last beat. */
export function createHeartbeat(heartbeats: Models['heartbeats']): Heartbeat {
  const nodeId = randomUUID();
  const guard = guardMongo();
  let last = 0;
  return {
    nodeId,
    next: () => (last += 1),
    async write(beat, session) {
      const change = { $set: { beat }, $currentDate: { at: true } } as const;
      const options = { upsert: true, ...(session && { session }) };
      await guard(() => heartbeats.updateOne({ _id: { $eq: nodeId } }, change, options));
    },
  };
}
