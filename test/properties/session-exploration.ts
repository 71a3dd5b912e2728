import { randomInt } from 'node:crypto';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { actions, type Action } from './session-actions.js';
import { TooManyWorlds } from './session-beliefs.js';
import type { Cluster } from './session-cluster.js';
import { runActions } from './session-run.js';

export const STEPS = 30;
/** Minutes where the machine does nothing else; on one that does, many. */
export const HALF_AN_HOUR_MS = 1_800_000;
const SEED = process.env['FC_SEED'] === undefined ? randomInt(2 ** 31) : Number(process.env['FC_SEED']);

/** `FC_RUNS`, else so many. */
export const numberOfRuns = (usual: number): number => Number(process.env['FC_RUNS'] ?? usual);

const MUST_BE_REACHED = [
  ...['rotated', 'still-current', 'same-successor', 'answer-lost', 'session.theft', 'stopped'],
  ...['SESSION_EXPIRED', 'USER_BANNED', 'TOKEN_THEFT_DETECTED', 'key rotated', 'key revoked'],
  'reauthenticate issued',
  ...['access principal', 'access SESSION_EXPIRED', 'access TOKEN_EXPIRED'],
];

const report = (text: string): void => void process.stdout.write(`${text}\n`);

/** Another run comes in place of one that the model cannot follow: one of a thousand or so. */
function passOverLost(error: unknown): never {
  if (error instanceof Error && error.cause instanceof TooManyWorlds) fc.pre(false);
  throw error;
}

/** A database that has seen more is slow: a server that starts reads every key and every revocation. */
const RUNS_A_DATABASE = 100;

/** Says which seed it takes, and explores as many runs; a failure names the seed and the fewest steps that still fail. */
export async function explore(
  runs: number,
  openCluster: () => Promise<Cluster>,
  after: (tokens: readonly string[]) => void,
): Promise<void> {
  report(`session.property: FC_SEED=${SEED}`);
  const reached = new Map<string, number>();
  const note = (outcome: string, count = 1): void => void reached.set(outcome, (reached.get(outcome) ?? 0) + count);
  let cluster = await openCluster();
  let runsHere = 0;
  const leave = async (): Promise<void> => {
    for (const [name, count] of cluster.verdicts()) note(name, count);
    await cluster.close();
  };
  const clusterOfRun = async (): Promise<Cluster> => {
    if (runsHere === RUNS_A_DATABASE) {
      await leave();
      cluster = await openCluster();
      runsHere = 0;
    }
    runsHere += 1;
    return cluster;
  };
  const details = await fc.check(
    fc.asyncProperty(actions(STEPS), async (steps: Action[]) => {
      const { issued, outcomes } = await runActions(await clusterOfRun(), steps).catch(passOverLost);
      outcomes.forEach((outcome) => note(outcome));
      after(issued.flatMap(({ refreshToken, accessToken }) => [refreshToken, accessToken]));
    }),
    // oxlint-disable-next-line typescript/no-deprecated -- its successor's type does not fit those of `exactOptionalPropertyTypes`
    { seed: SEED, numRuns: runs, interruptAfterTimeLimit: HALF_AN_HOUR_MS - 60_000 },
  );
  await leave();
  if (!details.failed) {
    report([...reached].map(([name, count]) => `  ${count} ${name}`).join('\n'));
    // A run that never comes to these says nothing about them.
    expect([...reached.keys()]).toEqual(expect.arrayContaining(MUST_BE_REACHED));
    expect(details.numRuns).toBe(runs);
    expect(details.numSkips).toBeLessThanOrEqual(Math.ceil(runs / 100));
    return;
  }
  const steps = (details.counterexample?.[0] ?? []).filter(({ kind }) => kind !== 'nothing');
  const lines = steps.map((step, index) => `  ${index + 1}. ${JSON.stringify(step)}`);
  throw new Error(
    `seed ${SEED}, after ${details.numRuns} runs and ${details.numShrinks} shrinks: ${String(details.errorInstance)}\n` +
      `FC_SEED=${SEED} repeats it. The fewest steps that fail:\n${lines.join('\n')}`,
  );
}

/** The tokens that stand in the bytes: whole, or as what makes them a secret. */
export function findSecrets(bytes: Buffer, tokens: readonly string[]): string[] {
  const text = bytes.toString('latin1');
  const words = new Set(text.match(/[\w-]{20,}/g));
  // Of a refresh token more may stand on either side; few words look like one at all.
  const alike = [...words].filter((word) => word.includes('lkr_'));
  return tokens.filter(
    (token) => alike.some((word) => word.includes(token)) || secretForms(token).some((form) => words.has(form)),
  );
}

function secretForms(token: string): string[] {
  if (!token.startsWith('lkr_')) return [token.split('.')[2] ?? token];
  const secret = Buffer.from(token.slice('lkr_'.length), 'base64url').subarray(20, 52);
  return [secret.toString('base64url'), secret.toString('base64').replace('=', ''), secret.toString('hex')];
}
