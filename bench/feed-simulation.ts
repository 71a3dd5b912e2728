/**
 * How soon do all nodes refuse what was revoked, with 1, 10 and 100 of them? What does each hold, what does MongoDB send,
 * and for how long does a node ask the database after something broke? A simulation: index, staleness and stream are the
 * code of `src`, MongoDB is a model. It throws where a node that trusts its feed accepts what was revoked 5 s before; with
 * `--broken` clocks of nodes go at half their speed, and it has to.
 *
 *     npx tsx bench/feed-simulation.ts [--hours=0.04] [--seed=NUMBER] [--broken] [--json]
 */
import type { Revocation } from '../src/domain/revocation.js';
import { printResults } from './support/in-process.js';
import { createMongoModel } from './support/mongodb-model.js';
import { hasOption, numberOption } from './support/options.js';
import { createRandom, drawMeasured } from './support/seeded.js';
import { startNode, tokenOf, type SimulatedNode } from './support/simulated-node.js';
import { createVirtualTime } from './support/virtual-time.js';

/** From a sign-out's write until another server refuses: docs/benchmarks.md, bench/revocation-delivery.ts. */
const DELIVERY_MS = { p50: 3.9, p90: 9, p99: 28.4, rounds: 1_000 };
/** Of an ended session in the index: docs/benchmarks.md, bench/revocation-index.ts. */
const BYTES_HELD = 84;
/** Lifetime of an access token, and what a node remembers beyond it: `toPolicy` of src/app-configuration.ts. */
const TOKEN_TTL_MS = 600_000;
const RETENTION_MS = TOKEN_TTL_MS + 60_000;
/** @see https://www.mongodb.com/docs/manual/core/replica-set-elections/ “should not typically exceed 12 seconds” */
const ELECTION_MS = 12_000;
/** A replaced primary that does not know it kept a stream silent for a minute: docs/mongodb.md, revocation-stream.ts. */
const SILENT_MS = 60_000;
/** Assumed: nobody measured how long nodes stall, or drivers take to connect again. Drawn evenly between these. */
const STALL_MS = [1_000, 20_000] as const;
const RECONNECT_MS = [100, 10_000] as const;
/** Assumed, and far more often than anywhere: there has to be something to see. Of each kind, on each node. */
const FAULT_EVERY_MS = 180_000;
/** One revocation of so many is a ban; the rest are sign-outs. */
const BANS = 10;
/** In the end nothing more breaks, and all nodes have to know everything. */
const CALM_MS = 90_000;
/** What the README promises (7), and what is held against the code here, whatever that says itself. */
const BOUND_MS = 5_000;
const START_MS = Date.UTC(2026, 0, 1);

const HOURS = numberOption('hours', 0.04);
const SEED = numberOption('seed', Math.floor(Math.random() * 1_000_000) + 1);
const CLOCK_RATE = hasOption('broken') ? 0.5 : 1;

const FAULTS = ['stall', 'reconnect', 'silence', 'loss', 'election'] as const;
type Fault = (typeof FAULTS)[number];

interface Scenario {
  readonly nodes: number;
  readonly revocationsPerSecond: number;
  readonly seconds: number;
  readonly faults: readonly Fault[];
}

async function simulate({ nodes: count, revocationsPerSecond, seconds, faults }: Scenario): Promise<Figures> {
  const random = createRandom(SEED);
  const time = createVirtualTime(random);
  const mongo = createMongoModel({ time, drawDelayMs: drawMeasured(DELIVERY_MS, random), startMs: START_MS });
  const between = ([least, most]: readonly [number, number]): number => least + (most - least) * random();
  const endMs = seconds * 1_000;

  /** Those that some node has not refused yet, by when they were acknowledged. */
  const open = new Map<string, { readonly atMs: number; left: number; lastMs: number }>();
  const lastRefusedMs: number[] = [];
  const keyOf = (revocation: Revocation): string => {
    const { sessionId, userId } = tokenOf(revocation);
    return `${sessionId} ${userId}`;
  };

  function onRefused(revocation: Revocation, sinceMs: number): void {
    const each = open.get(keyOf(revocation));
    if (each === undefined) return;
    each.lastMs = Math.max(each.lastMs, sinceMs - each.atMs);
    each.left -= 1;
    if (each.left > 0) return;
    open.delete(keyOf(revocation));
    lastRefusedMs.push(each.lastMs);
  }

  const nodes: SimulatedNode[] = [];
  const start = (): void => {
    const name = `node ${nodes.length}`;
    const given = { time, mongo, startMs: START_MS, retentionMs: RETENTION_MS, clockRate: CLOCK_RATE, onRefused };
    nodes.push(startNode({ name, ...given }));
  };

  /** Throws where this node would let a token pass of what was revoked at least 5 s ago, or refuse a good one. */
  function check(node: SimulatedNode, revocation: Revocation, atMs: number): void {
    node.whenAwake((revocations) => {
      const ageMs = time.now() - atMs;
      if (ageMs >= TOKEN_TTL_MS) return;
      if (revocations.judge(tokenOf(revocation)) === null) {
        throw new Error(`seed ${SEED}: accepted ${ageMs.toFixed(0)} ms after it was revoked: ${keyOf(revocation)}`);
      }
      if (
        revocations.recall({ ...tokenOf(revocation), sessionId: 'live' as never, userId: 'live' as never }) !== null
      ) {
        throw new Error(`seed ${SEED}: a token that is good was refused`);
      }
    });
  }

  function revoke(): void {
    const atMs = time.now();
    const revocation = mongo.revoke(random() * BANS < 1);
    if (revocation === null) return;
    open.set(keyOf(revocation), { atMs, left: count, lastMs: 0 });
    for (const laterMs of [BOUND_MS, BOUND_MS + random() * (TOKEN_TTL_MS - BOUND_MS)]) {
      time.at(atMs + laterMs, () => nodes.forEach((node) => check(node, revocation, atMs)));
    }
  }

  /** Again and again, at random, so often on average. */
  function often(everyMs: number, act: () => void): void {
    const next = (): void => {
      const atMs = time.now() - Math.log(1 - random()) * everyMs;
      if (atMs >= endMs) return;
      time.at(atMs, () => {
        act();
        next();
      });
    };
    next();
  }

  let broken = 0;
  const breaking: Readonly<Record<Exclude<Fault, 'election'>, (node: SimulatedNode) => void>> = {
    stall: (node) => node.stall(between(STALL_MS)),
    reconnect: (node) => node.silence(between(RECONNECT_MS)),
    silence: (node) => node.silence(SILENT_MS),
    loss: (node) => node.lose(),
  };
  function breakOften(fault: Fault): void {
    if (fault === 'election') {
      often(FAULT_EVERY_MS, () => {
        broken += nodes.length;
        mongo.elect(ELECTION_MS);
      });
      return;
    }
    for (const node of nodes) {
      often(FAULT_EVERY_MS, () => {
        broken += 1;
        breaking[fault](node);
      });
    }
  }

  try {
    // One node alone finds as much as a whole retention brings. Others would hold as much, and take the memory here.
    const before = count > 1 ? 0 : revocationsPerSecond * (RETENTION_MS / 1_000);
    for (let made = 0; made < before; made += 1) mongo.recall(-RETENTION_MS * (1 - made / before));
    start();
    while (nodes.length < count) start();
    await time.runUntil(10_000);
    const atFirst = { ...mongo.sent(), atMs: time.now(), loads: sum(nodes.map((node) => node.loads)) };
    often(1_000 / revocationsPerSecond, revoke);
    faults.forEach(breakOften);
    await time.runUntil(endMs);
    const after = mongo.sent();
    const held = nodes[0]!.held;
    await time.runUntil(endMs + CALM_MS);
    if (open.size > 0) throw new Error(`seed ${SEED}: ${open.size} revocations did not come to all nodes`);

    const perSecond = (name: keyof typeof after): number =>
      ((after[name] - atFirst[name]) / (endMs - atFirst.atMs)) * 1_000;
    const sorted = lastRefusedMs.toSorted((left, right) => left - right);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    if (at(1) > BOUND_MS) throw new Error(`seed ${SEED}: refused everywhere after ${at(1)} ms only`);
    return {
      ...{ revocations: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
      ...(before > 0 && { held, megabytes: (held * BYTES_HELD) / 1e6 }),
      ...{ eventsPerS: perSecond('events'), repliesPerS: perSecond('replies'), beatsPerS: perSecond('beats') },
      faults: broken,
      askedSPerFault: sum(nodes.map((node) => node.askedSeconds)) / Math.max(1, broken),
      reloads: sum(nodes.map((node) => node.loads)) - atFirst.loads,
    };
  } finally {
    time.restore();
  }
}

type Figures = Readonly<Record<string, number>>;

const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);

const results: Record<string, Figures> = {};
if (!hasOption('json')) console.log(`seed ${SEED}, ${HOURS} hours`);
for (const revocationsPerSecond of [12, 1_200]) {
  for (const nodes of [1, 10, 100]) {
    // Of many revocations a fifteenth of the time: a second of them takes a hundred times as long to simulate.
    const seconds = 10 + (HOURS * 3_600) / (revocationsPerSecond > 100 ? 15 : 1);
    const scenario = { nodes, revocationsPerSecond, seconds, faults: [] };
    results[`${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${revocationsPerSecond}/s`] = await simulate(scenario);
  }
}
for (const faults of [...FAULTS.map((fault) => [fault]), FAULTS]) {
  const scenario = { nodes: 10, revocationsPerSecond: 12, seconds: 10 + 3 * HOURS * 3_600, faults };
  results[faults.length > 1 ? 'all of them' : `10 nodes, ${faults[0]}`] = await simulate(scenario);
}
if (hasOption('json')) results['run'] = { seed: SEED, hours: HOURS };
printResults(results);
