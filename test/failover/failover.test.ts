import { beforeAll, expect, test } from '@jest/globals';
import { describeOnOwnMongod } from '../support/stores.js';
import { lateAcceptances, leastAskedAfter } from '../load/load-record.js';
import { reportOf } from './failover-report.js';
import { runFailover, type FailoverRun } from './failover-run.js';

const SERVERS = 2;
const CLIENTS = 50;
const SECONDS = Number(process.env['FAILOVER_SECONDS'] ?? '20');
const SEED = Number(process.env['FAILOVER_SEED'] ?? String(Date.now() % 1_000_000));
/** The claim: whoever's access token is revoked is refused everywhere no later than this after it was acknowledged. */
const BOUND_MS = 5000;
const AROUND_MS = 400_000;

describeOnOwnMongod('A primary that fails under the load of two servers', (mongod) => {
  let run: FailoverRun;
  beforeAll(
    async () => {
      const title = `failover: ${SECONDS} s, seed ${SEED}, ${CLIENTS} clients, ${SERVERS} servers`;
      process.stdout.write(`${title}\n`);
      run = await runFailover({ mongod, seconds: SECONDS, seed: SEED, clients: CLIENTS, servers: SERVERS });
      process.stdout.write(`${title}\n${reportOf(run, SERVERS)}\n`);
    },
    SECONDS * 1000 + AROUND_MS,
  );

  test('the load was a mix, and went on after the primary had failed', () => {
    const { record, end, failedOverAtMs } = run;
    const acts = ['verify', 'refresh', 'sign-in', 'sign-out', 'ban', 'unban'];
    expect(acts.filter((act) => !record.counts.has(`${act} OK`))).toEqual([]);
    const later = record.verifications.filter(({ outcome, sentAtMs }) => outcome === 'OK' && sentAtMs > failedOverAtMs);
    expect(new Set(later.map(({ server }) => server)).size).toBe(SERVERS);
    expect(end.checked.live).toBeGreaterThan(0);
    expect(end.checked.banned).toBeGreaterThan(0);
    expect(leastAskedAfter(record, SERVERS, BOUND_MS)).toBeGreaterThan(0);
  });

  test('no acknowledged session is lost: both servers refresh it, and accept what that gave', () => {
    expect(run.end.lostSessions).toEqual([]);
  });

  test('nobody who repeats a refresh whose answer was lost is taken for a thief', () => {
    expect([...run.record.counts.keys()].filter((key) => key.includes('TOKEN_THEFT_DETECTED'))).toEqual([]);
    expect(run.log.filter(({ text }) => text.includes('session.theft'))).toEqual([]);
  });

  test('no access token is accepted 5 s after the end of its session was acknowledged', () => {
    expect(lateAcceptances(run.record, SERVERS, BOUND_MS)).toEqual([]);
  });

  test('no session that was acknowledged to be over is refreshed again', () => {
    expect(run.end.revivedSessions).toEqual([]);
  });

  test('no ban is lost: both servers refuse the sign-in; and no ban that was lifted is left', () => {
    expect({ lost: run.end.lostBans, kept: run.end.keptBans }).toEqual({ lost: [], kept: [] });
  });

  test('clients were told nothing but what their acts explain, and SERVICE_UNAVAILABLE', () => {
    expect(run.record.unexpected).toEqual([]);
  });

  test('the servers logged no error', () => {
    expect(run.log.filter(({ level }) => level >= 50)).toEqual([]);
  });
});
