/**
 * Runs the benchmarks, one after the other, each in a process of its own, and writes their figures into
 * `docs/benchmarks.md`, between the marks that bear their names.
 *
 *     npm run bench [-- [--rivals] [--short] [NAME…]]
 *
 * Without names, all of them. Those on MongoDB take the replica set in `MONGODB_URI`, else start a `mongod` of their own where
 * there is one; `--rivals` wants `npm ci --ignore-scripts --prefix bench/rivals` first. `--short` is a matter of minutes: it says nothing but that they
 * work, and writes nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import { findMongod, startReplicaSet } from '../test/support/mongo.js';
import { withAims, withFigures, type Results } from './support/benchmarks-page.js';
import { ourProgram } from './support/latchkey.js';
import { hasOption } from './support/options.js';
import { QUESTIONS, type Question } from './support/questions.js';

/** One for all of them; `null` where there is none. */
async function startMongodb(): Promise<MongoMemoryReplSet | null> {
  const mongod = findMongod();
  if (process.env['MONGODB_URI'] !== undefined || mongod === undefined) return null;
  const replicaSet = await startReplicaSet(mongod);
  process.env['MONGODB_URI'] = replicaSet.getUri();
  return replicaSet;
}

const PAGE = join(import.meta.dirname, '../docs/benchmarks.md');
const IS_SHORT = hasOption('short');
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !QUESTIONS.some((question) => question.name === name));
if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}`);

/** What takes a matter of seconds hangs where it takes so long. */
const LONGEST_MS = IS_SHORT ? 240_000 : undefined;

/** Without blocking this process, which reads what its `mongod` prints: unread, it would wait for that. */
async function ask({ name, short, hasRivals }: Question): Promise<Results | null> {
  const file = join(import.meta.dirname, `${name}.ts`);
  const options = [...(IS_SHORT ? short : []), ...(hasRivals && hasOption('rivals') ? ['--rivals'] : []), '--json'];
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', file, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_MS,
  });
  const [printed, [status]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (status !== 0) return null;
  const results = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Results;
  // Of a moment, processor time may be none at all.
  const isFigure = ([column, figure]: readonly [string, number]): boolean =>
    Number.isFinite(figure) || (IS_SHORT && /cpu/i.test(column));
  return Object.values(results).every((row) => Object.entries(row).every(isFigure)) ? results : null;
}

await ourProgram();
const mongodb = await startMongodb();
for (const question of QUESTIONS) {
  const { name, needsMongodb = false } = question;
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n== ${name}`);
  if (needsMongodb && process.env['MONGODB_URI'] === undefined) {
    console.log('left out: it needs a MongoDB replica set in MONGODB_URI, or a mongod');
    continue;
  }
  const results = await ask(question);
  if (results === null) {
    process.exitCode = 1;
    console.log('FAILED');
    continue;
  }
  if (IS_SHORT) console.log(JSON.stringify(results));
  else {
    console.table(results);
    // After each: a run takes an hour, and what is known shall not be lost.
    writeFileSync(PAGE, withAims(withFigures(readFileSync(PAGE, 'utf8'), name, results), name, results));
  }
}
await mongodb?.stop();
