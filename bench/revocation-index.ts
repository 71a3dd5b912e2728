/**
 * What does it cost a node to hold 1,000,000 revocations, and how long do a look-up, an addition and a sweep take?
 * Beside it, in the same run, a bare `Map` of as many ids.
 *
 *     node --expose-gc --import tsx bench/revocation-index.ts [--memory] [--json]
 */
import { randomFillSync, randomUUID } from 'node:crypto';
import { createRevocationIndex, type RevocationIndex } from '../src/domain/revocation-index.js';
import type { SessionId, UserId } from '../src/domain/ids.js';
import type { RevocableToken, Revocation } from '../src/domain/revocation.js';
import { numberOption } from './support/options.js';
import { heldMegabytes, medianNanoseconds, printResults } from './support/in-process.js';

const IS_MEMORY_ALONE = process.argv.includes('--memory');
const COUNT = numberOption('count', 1_000_000);
const BATCH = 1_000;
const SAMPLES = Math.min(40_000, COUNT);
const RETENTION_MS = 660_000;
const START_MS = Date.UTC(2026, 0, 1);

type Make = (id: string, at: Date) => Revocation;

const endSession: Make = (id, at) => ({ kind: 'session-ended', sessionId: id as SessionId, at });
const changeUser: Make = (id, at) => {
  const ver = at.getTime();
  return { kind: 'user-changed', userId: id as UserId, ver, floor: ver, at };
};
const either: Make = (id, at) => (at.getTime() % 2 === 0 ? endSession : changeUser)(id, at);
const pool = Buffer.alloc(16 * 1024);
let drawn = pool.length;

/** 128 random bits, base64url, as ids are; many at a time, so that drawing them is not what takes the time. */
function drawId(): string {
  if (drawn === pool.length) drawn = randomFillSync(pool).length - pool.length;
  return pool.toString('base64url', drawn, (drawn += 16));
}

/** Adds 1,000,000, spread evenly over the time that they stay, and sweeps as it passes. The slowest 1,000, in ms. */
function addMany(index: RevocationIndex, fromMs: number, { make, draw }: Case): number {
  let slowestMs = 0;
  for (let added = 0; added < COUNT; added += BATCH) {
    const atMs = fromMs + Math.floor((added / COUNT) * RETENTION_MS);
    const batch = Array.from({ length: BATCH }, (_, each) => make(draw(), new Date(atMs + (each % 2))));
    const before = performance.now();
    index.sweep(new Date(atMs));
    index.add(batch, new Date(atMs));
    slowestMs = Math.max(slowestMs, performance.now() - before);
  }
  return slowestMs;
}

const toToken = (id: string): RevocableToken => ({ sessionId: id as SessionId, userId: id as UserId, ver: 0 });
/** The same text in one piece of its own, as it comes out of a token or a database; joined texts keep their pieces. */
const copy = (id: string): string => Buffer.from(id).toString();
const drawUuid = (): string => copy(randomUUID());

function timeLookUps(index: RevocationIndex, end: Date, { make, draw }: Case): { hitNs: number; missNs: number } {
  const known = Array.from({ length: SAMPLES }, draw);
  index.add(
    known.map((id) => make(id, end)),
    end,
  );
  const hits = known.map((id) => toToken(copy(id)));
  const misses = Array.from({ length: SAMPLES }, () => toToken(draw()));
  return {
    hitNs: medianNanoseconds(hits, (token) => index.judge(token) === 'SESSION_EXPIRED'),
    missNs: medianNanoseconds(misses, (token) => index.judge(token) === null),
  };
}

interface Case {
  readonly make: Make;
  readonly draw: () => string;
}

/** Last of all, how long look-ups take, unless it is memory alone that is asked for. */
function measureIndex(given: Case): Record<string, number> {
  const before = heldMegabytes();
  const index = createRevocationIndex({ retentionMs: RETENTION_MS });
  const slowestBatchMs = addMany(index, START_MS, given);
  const megabytes = heldMegabytes() - before;
  const held = index.size;
  // Once more as many, while the first leave: a table that is emptied while it is filled takes more.
  addMany(index, START_MS + RETENTION_MS, given);
  const turnedOverMegabytes = heldMegabytes() - before;
  const measured = { held, megabytes, turnedOverMegabytes, slowestBatchMs };
  if (IS_MEMORY_ALONE) return measured;
  return { ...measured, ...timeLookUps(index, new Date(START_MS + 2 * RETENTION_MS - 1), given) };
}

function measureBareMap(): Record<string, number> {
  const before = heldMegabytes();
  const map = new Map<string, number>();
  for (let added = 0; added < COUNT; added += 1) map.set(drawId(), added);
  const megabytes = heldMegabytes() - before;
  const known = [...map.keys()].slice(-SAMPLES).map(copy);
  const others = Array.from({ length: SAMPLES }, drawId);
  return {
    ...{ held: map.size, megabytes },
    hitNs: medianNanoseconds(known, (id) => map.get(id) !== undefined),
    missNs: medianNanoseconds(others, (id) => map.get(id) === undefined),
  };
}

printResults({
  sessions: measureIndex({ make: endSession, draw: drawId }),
  users: measureIndex({ make: changeUser, draw: drawId }),
  both: measureIndex({ make: either, draw: drawId }),
  ...(!IS_MEMORY_ALONE && {
    'users named by UUIDs': measureIndex({ make: changeUser, draw: drawUuid }),
    'a bare Map': measureBareMap(),
  }),
});
