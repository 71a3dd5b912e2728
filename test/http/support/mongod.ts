import { createReplicaSet } from '../../support/replica-set.js';

/** A `mongod` of a test's own, a one-node replica set, that goes away and comes back with its data at its address. */
export interface Mongod {
  readonly url: string;
  /** As a crash does: SIGKILL. */
  kill(): Promise<void>;
  /** Stops answering, with its sockets open: SIGSTOP. */
  freeze(): void;
  thaw(): void;
  /** Starts it again where it was. */
  start(): Promise<void>;
  /** Stops it for good and removes its data. */
  remove(): Promise<void>;
}

/** Starts this `mongod` on a free port: a replica set of one, whose only member has no number. */
export async function startMongod(binary: string): Promise<Mongod> {
  const set = await createReplicaSet({ binary, members: 1 });
  return {
    url: set.url,
    kill: () => set.kill(0),
    freeze: () => set.freeze(0),
    thaw: () => set.thaw(0),
    async start() {
      await set.start(0);
      await set.waitForPrimary();
    },
    remove: set.remove,
  };
}
