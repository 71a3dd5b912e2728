import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { lateAcceptances } from '../load/load-record.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { reportOf } from './rolling-report.js';
import { runRolling, type RollingRun } from './rolling-run.js';

const CLIENTS = 20;
const MOST_USERS = 40;
const SECONDS = Number(process.env['ROLLING_SECONDS'] ?? '30');
const SEED = Number(process.env['ROLLING_SEED'] ?? String(Date.now() % 1_000_000));
/** The claim: whoever's access token is revoked is refused everywhere no later than this after it was acknowledged. */
const BOUND_MS = 5000;
/** Of all answers, which are thousands. */
const MOST_EXPLAINED = 3;
/** For the start, the restart that goes on, and the end, on a machine that is busy. */
const AROUND_MS = 480_000;

describeOnMongo('Two servers that are restarted one after the other, under load', () => {
  let backend: Backend | undefined;
  let run: RollingRun;
  beforeAll(
    async () => {
      backend = createBackend('MongoDB');
      const title = `rolling restarts: ${SECONDS} s, seed ${SEED}, ${CLIENTS} clients, 2 servers behind 2 proxies`;
      process.stdout.write(`${title}\n`);
      const sizes = { seconds: SECONDS, seed: SEED, clients: CLIENTS, mostUsers: MOST_USERS };
      run = await runRolling({ storeUrl: backend.url, ...sizes });
      process.stdout.write(`${title}\n${reportOf(run)}\n`);
    },
    SECONDS * 1000 + AROUND_MS,
  );
  afterAll(() => backend?.destroy());

  test('the load was a mix, and went to both of them, over connections that are kept', () => {
    const { record, proxies } = run;
    const acts = ['verify', 'refresh', 'sign-up', 'sign-in', 'sign-out', 'ban', 'unban'];
    expect(acts.filter((act) => !record.counts.has(`${act} OK`))).toEqual([]);
    expect(new Set(record.users.map(({ transport }) => transport))).toEqual(new Set(['cookie', 'header']));
    for (const proxy of Object.values(proxies)) {
      expect(proxy.passedOn.filter((requests) => requests < 50)).toEqual([]);
      expect(proxy.reused()).toBeGreaterThan(50);
    }
  });

  test('each was restarted at least twice, and exited with 0', () => {
    for (const server of [0, 1]) {
      expect(run.restarts.filter((restart) => restart.server === server).length).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(run.restarts.map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
  });

  test('no request failed: proxies that send nothing twice had an answer for each', () => {
    const { watching, blind } = run.proxies;
    const { steady } = run;
    expect({ watching: watching.failures, blind: blind.failures, steady: steady.unexpected }).toEqual({
      ...{ watching: [], blind: [], steady: [] },
    });
    expect(steady.answered()).toBeGreaterThan(2000);
  });

  test('nobody was told anything but what their acts explain, and nobody is signed out', () => {
    // A machine may be so busy that its database does not answer for seconds: no restart's doing. One that stops asks none.
    const isStoreSlow = run.log.some(({ text }) => text.includes('the store does not answer'));
    const isExplained = (answer: string): boolean => isStoreSlow && answer.includes('SERVICE_UNAVAILABLE');
    expect(run.record.unexpected.filter((answer) => !isExplained(answer))).toEqual([]);
    expect(run.record.unexpected.length).toBeLessThanOrEqual(MOST_EXPLAINED);
    expect(run.end).toMatchObject({ lostSessions: [], revivedSessions: [], lostBans: [], keptBans: [] });
    expect(run.end.checked.live).toBeGreaterThan(0);
  });

  test('/readyz said 503 before a server accepted nothing more', () => {
    // A machine that is busy may have it say 503 before, for another reason.
    for (const { readiness } of run.restarts) expect(readiness.slice(-2)).toEqual(['503 stopping', 'closed']);
  });

  test('a sign-in that had begun by then was answered after it', () => {
    for (const { heldAnswer } of run.restarts) {
      expect(heldAnswer).toMatch(/^HTTP\/1\.1 200 /);
      expect(heldAnswer).toMatch(/^connection: close\r$/im);
    }
  });

  test('no server took anybody for a thief, or a revoked access token for a good one', () => {
    expect(run.log.filter(({ text }) => text.includes('session.theft'))).toEqual([]);
    expect(lateAcceptances(run.record, 2, BOUND_MS)).toEqual([]);
  });

  test('the servers logged no error', () => {
    expect(run.log.filter(({ level }) => level >= 50)).toEqual([]);
  });
});
