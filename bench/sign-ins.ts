/**
 * What does a sign-in cost beside its password hash, and does a flood of them keep others waiting? Sign-ins over HTTP, as
 * many at once as keep both cores busy, beside nothing but argon2id with the same parameters; and how long verified
 * requests take meanwhile, beside how long they take when nobody else asks.
 *
 *     npx tsx bench/sign-ins.ts [--seconds=3] [--rounds=5] [--json]
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ALL_CORES } from './support/cores.js';
import { askGraphql } from './support/graphql.js';
import { loadChains, type Chain } from './support/http-chain.js';
import { median, printResults } from './support/in-process.js';
import { startLatchkey } from './support/latchkey.js';
import { numberOption } from './support/options.js';

const SECONDS = numberOption('seconds', 3);
const ROUNDS = numberOption('rounds', 5);
/** So that no account has more sessions than it may have within a round. */
const USERS = 50;
const AT_ONCE = 16;
const PASSWORD = 'correct horse battery';
const PAUSE_MS = 2;

const server = await startLatchkey({}, ALL_CORES);

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } } }';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } }';
const accountOf = (index: number) => ({ email: `user-${index % USERS}@example.com`, password: PASSWORD });
for (let index = 0; index < USERS; index += 1) {
  await askGraphql(server.origin, { query: SIGN_UP, variables: { input: accountOf(index) } });
}

const signIns: readonly Chain[] = Array.from({ length: AT_ONCE }, (_, place) => {
  let count = 0;
  return {
    next: () => JSON.stringify({ query: SIGN_IN, variables: { input: accountOf(place + AT_ONCE * (count += 1)) } }),
    take(answer) {
      if (!answer.startsWith('{"data":{"signIn":{"user":{"id":"')) throw new Error(`no sign-in: ${answer}`);
    },
  };
});

async function signInsPerSecond(seconds: number): Promise<number> {
  const load = await loadChains({ server, chains: signIns, connections: AT_ONCE, seconds });
  return load.requestsPerSecond;
}

async function bareHashesPerSecond(seconds: number): Promise<number> {
  const program = join(import.meta.dirname, 'servers/bare-argon2id.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, String(seconds)]);
  return Number(stdout);
}

/** The time under which 99 of 100 verified requests are answered, asked one after the other. */
async function verifiedP99Ms(seconds: number): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  const times: number[] = [];
  while (performance.now() < endMs) {
    const beganMs = performance.now();
    await askGraphql(server.origin, { query: '{ viewer { id roles } }', accessToken: server.accessToken });
    times.push(performance.now() - beganMs);
    await setTimeout(PAUSE_MS);
  }
  return times.toSorted((left, right) => left - right)[Math.floor(times.length * 0.99)] ?? NaN;
}

try {
  const figures: Record<'signIns' | 'bareHashes' | 'idleP99' | 'busyP99', number[]> = {
    ...{ signIns: [], bareHashes: [], idleP99: [], busyP99: [] },
  };
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const bareHashes = await bareHashesPerSecond(SECONDS);
    const signIns = await signInsPerSecond(SECONDS);
    const idleP99 = await verifiedP99Ms(SECONDS);
    const [, busyP99] = await Promise.all([signInsPerSecond(SECONDS), verifiedP99Ms(SECONDS)]);
    if (round === 0) continue;
    for (const [name, value] of Object.entries({ signIns, bareHashes, idleP99, busyP99 })) {
      figures[name as keyof typeof figures].push(value);
    }
  }
  const [signIns, bareHashes] = [median(figures.signIns), median(figures.bareHashes)];
  const [idleP99, busyP99] = [median(figures.idleP99), median(figures.busyP99)];
  printResults({
    'sign-ins a second': { ours: signIns, beside: bareHashes, ratio: signIns / bareHashes },
    'p99 of verified requests, ms': { ours: busyP99, beside: idleP99, ratio: busyP99 / idleP99 },
  });
} finally {
  await server.stop();
}
