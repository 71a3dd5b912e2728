/** Two servers on one database, as the runs of the property test drive them; a restarted one forgets its memory. */
import type { Policy } from '../../src/domain/policy.js';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock } from '../support/clock.js';
import { createNode, POLICY, type Node } from '../support/services.js';
import { gateStores } from '../support/session-gate.js';
import type { Backend } from '../support/stores.js';

export const RULES = { graceMs: 10_000, idleMs: 7_200_000, absoluteMs: 28_800_000, accessMs: 600_000 };

const { graceMs, idleMs: idleTtlMs, absoluteMs: ttlMs } = RULES;
export const RUN_POLICY: Policy = { ...POLICY, graceMs, idleTtlMs, ttlMs };

export interface Cluster {
  readonly clock: ManualClock;
  node(index: number): Node;
  /** The process is killed, and another takes its place: what was only in memory is lost. */
  restart(index: number): Promise<void>;
  /** Every event of every server that there was, by what it tells of a refresh, counted. */
  verdicts(): ReadonlyMap<string, number>;
}

/** Opens two servers on the database. */
export async function openCluster(backend: Pick<Backend, 'open'>): Promise<Cluster> {
  const clock = new ManualClock();
  const everOpened: Node[] = [];
  const open = async (): Promise<Node> => {
    const stores = gateStores(await backend.open({ clock }));
    const node = await createNode(stores, { policy: RUN_POLICY });
    everOpened.push(node);
    return node;
  };
  const nodes = [await open(), await open()];
  const nodeAt = (index: number): Node => {
    const node = nodes[index];
    if (node === undefined) throw new Error(`There is no server ${index}`);
    return node;
  };
  return {
    clock,
    node: nodeAt,
    async restart(index) {
      const killed: Stores = nodeAt(index).stores;
      await killed.close();
      nodes[index] = await open();
    },
    verdicts() {
      const counts = new Map<string, number>();
      for (const event of everOpened.flatMap(({ events }) => events)) {
        const name = event.type === 'session.refreshed' ? event.verdict : event.type;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    },
  };
}
