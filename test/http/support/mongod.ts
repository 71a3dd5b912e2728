import { createReplicaSet } from '../../support/replica-set.js';
import { createTcpProxy } from '../../support/tcp-proxy.js';

/** A `mongod` of a test's own, a one-node replica set, that goes away and comes back with its data at its address. */
export interface Mongod {
  readonly url: string;
  /** As a crash does: SIGKILL. */
  kill(): Promise<void>;
  /** Stops answering, with its sockets open. */
  hang(): void;
  recover(): Promise<void>;
  /** Starts it again where it was. */
  start(): Promise<void>;
  /** Stops it for good and removes its data. */
  remove(): Promise<void>;
}

/**
 * Starts this `mongod` on a free port: a replica set of one, whose only member has no number. What stands before it
 * hangs in its place: Wine takes a whole core for as long as a process of its own is stopped and clients leave it.
 */
export async function startMongod(binary: string): Promise<Mongod> {
  const set = await createReplicaSet({ binary, members: 1 });
  const proxy = await createTcpProxy(set.portOf(0));
  return {
    url: set.urlOf(0, proxy.port),
    async kill() {
      await set.kill(0);
      await proxy.cut();
    },
    hang: () => proxy.stall(),
    recover: () => proxy.heal(),
    async start() {
      await set.start(0);
      await proxy.heal();
      await set.waitForPrimary();
    },
    async remove() {
      await proxy.close();
      await set.remove();
    },
  };
}
