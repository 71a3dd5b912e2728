/** Two servers on one database, as the runs of the property test drive them; a restarted one forgets its memory. */
import type { Policy } from '../../src/domain/policy.js';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock, ManualNodeClock } from '../support/clock.js';
import { holdFeed, type HeldStores } from '../support/held-feed.js';
import { createNode, plainPasswords, POLICY, type Node } from '../support/services.js';
import { gateStores } from '../support/session-gate.js';
import type { Backend } from '../support/stores.js';

export const RULES = { graceMs: 10_000, idleMs: 7_200_000, absoluteMs: 28_800_000, accessMs: 600_000 };

const { graceMs, idleMs: idleTtlMs, absoluteMs: ttlMs } = RULES;
export const RUN_POLICY: Policy = { ...POLICY, graceMs, idleTtlMs, ttlMs };

/** Long enough for several rotations by the clock in a run. */
const KEY_POLICY = { ttlSeconds: 3 * 3600 };
const HOUR_MS = 3_600_000;

export interface Cluster {
  readonly clock: ManualClock;
  node(index: number): Node;
  /** What the server hears of the other's acts, and when. */
  feed(index: number): Pick<HeldStores, 'deliver' | 'lose'>;
  /** Sets the server's wall clock. */
  setClock(index: number, byMs: number): void;
  /** The process is killed, and another takes its place: what was only in memory is lost. */
  restart(index: number): Promise<void>;
  /** Every event of every server that there was, by what it tells of a refresh, counted. */
  verdicts(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Member {
  readonly node: Node;
  readonly held: HeldStores;
  readonly nodeClock: ManualNodeClock;
}

/** Opens two servers on the database, whose wall clocks are two hours apart. */
export async function openCluster(backend: Pick<Backend, 'open'>): Promise<Cluster> {
  const clock = new ManualClock();
  const everOpened: Node[] = [];
  const open = async (index: number): Promise<Member> => {
    const held = holdFeed(gateStores(await backend.open({ clock })));
    const nodeClock = new ManualNodeClock(clock, index === 0 ? HOUR_MS : -HOUR_MS);
    // Nobody waits for a turn to look a key up: time stands still.
    const waitForTurn = async (): Promise<void> => undefined;
    const node = await createNode(held.stores, {
      ...{ policy: RUN_POLICY, passwords: plainPasswords, nodeClock, keyPolicy: KEY_POLICY, waitForTurn },
    });
    everOpened.push(node);
    return { node, held, nodeClock };
  };
  const members = [await open(0), await open(1)];
  const memberAt = (index: number): Member => {
    const member = members[index];
    if (member === undefined) throw new Error(`There is no server ${index}`);
    return member;
  };
  return {
    clock,
    node: (index) => memberAt(index).node,
    feed: (index) => memberAt(index).held,
    setClock: (index, byMs) => memberAt(index).nodeClock.set(byMs),
    async restart(index) {
      const killed: Stores = memberAt(index).node.stores;
      await killed.close();
      members[index] = await open(index);
    },
    verdicts() {
      const counts = new Map<string, number>();
      for (const event of everOpened.flatMap(({ events }) => events)) {
        const name = event.type === 'session.refreshed' ? event.verdict : event.type;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    },
    close: async () => {
      await Promise.all(members.map(({ node }) => node.stores.close()));
    },
  };
}
