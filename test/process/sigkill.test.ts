import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { refresh, refreshed, signUp, VIEWER, type Person } from '../http/support/people.js';
import { readRows } from '../http/support/raw-store.js';
import { buildProgram, type Program, type RunningProgram } from './support/program.js';

const CLIENTS = 8;
const ROUNDS = 3;
const ACKNOWLEDGED_BEFORE_KILL = 120;
// Without grace every refresh rotates, and no retry is excused by being quick.
const ENVIRONMENT = { PUBLIC_URL: 'http://auth.example.com', REFRESH_GRACE_SECONDS: '0' };

/** One device, which knows what it was last given. */
interface Device {
  readonly sessionId: string;
  refreshToken: string;
}

let program: Program;
let folder: string;
beforeAll(async () => {
  program = await buildProgram();
  folder = mkdtempSync(join(tmpdir(), 'latchkey-sigkill-'));
}, 120_000);
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

const generationOf = (refreshToken: string): number =>
  Buffer.from(refreshToken.slice('lkr_'.length), 'base64url').readUInt32BE(16);

async function start(): Promise<RunningProgram> {
  const server = program.start({ folder, environment: ENVIRONMENT });
  await server.ready();
  return server;
}

/** Refreshes on and on, and returns once the server does not answer any more. */
async function refreshUntilKilled(server: RunningProgram, device: Device, onAnswer: () => void): Promise<void> {
  for (;;) {
    try {
      const answer = await refresh(server, device.refreshToken);
      device.refreshToken = answer.text('refreshSession.refreshToken');
    } catch (error) {
      if (error instanceof Error && error.name === 'TypeError' && error.message !== 'fetch failed') throw error;
      return;
    }
    onAnswer();
  }
}

test('SIGKILL under refresh load loses no acknowledged rotation and no session, and makes no theft of it', async () => {
  let server = await start();
  const people = await Promise.all(Array.from({ length: CLIENTS }, () => signUp(server)));
  const devices: Device[] = people.map(({ sessionId, refreshToken }) => ({ sessionId, refreshToken }));

  for (let round = 0; round < ROUNDS; round += 1) {
    let acknowledged = 0;
    const victim = server;
    await Promise.all(
      devices.map((device) =>
        refreshUntilKilled(victim, device, () => {
          acknowledged += 1;
          if (acknowledged === ACKNOWLEDGED_BEFORE_KILL) victim.kill('SIGKILL');
        }),
      ),
    );
    expect(await victim.ended).toBe('SIGKILL');
    server = await start();

    const { sessions = [] } = await readRows(`file:${join(folder, 'data', 'latchkey.db')}`);
    for (const { sessionId, refreshToken } of devices) {
      const row = sessions.find(({ id }) => id === sessionId);
      const held = generationOf(refreshToken);
      // The one more is a rotation whose answer was lost.
      expect({ held, row }).toMatchObject({ held, row: { ended_at: null } });
      expect([held, held + 1]).toContain(row?.['generation']);
    }
    for (const device of devices) {
      device.refreshToken = (await refresh(server, device.refreshToken)).text('refreshSession.refreshToken');
    }
    expect(victim.output.stderr + server.output.stderr).not.toMatch(/session\.(theft|ahead-of-store)/);
  }
  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
}, 120_000);

/** A session whose refresh token has rotated once, the new access token used. */
async function useSecondPair(server: RunningProgram): Promise<{ first: Person; second: Person }> {
  const first = await signUp(server);
  const second = await refreshed(server, first);
  expect((await server.client().ask(VIEWER, { token: second.token })).text('viewer.id')).toBe(first.id);
  return { first, second };
}

/** Resolves once the store knows that the second pair has reached its client. */
async function untilRecorded({ sessionId }: Person): Promise<void> {
  await eventually(async () => {
    const { sessions = [] } = await readRows(`file:${join(folder, 'data', 'latchkey.db')}`);
    return sessions.find(({ id }) => id === sessionId)?.['confirmed_generation'] === 1;
  });
}

async function killAndStart(server: RunningProgram): Promise<RunningProgram> {
  server.kill('SIGKILL');
  expect(await server.ended).toBe('SIGKILL');
  return start();
}

test('SIGKILL forgets no use of a pair that is recorded: the token left behind is theft', async () => {
  const before = await start();
  const { first, second } = await useSecondPair(before);
  await untilRecorded(second);
  const after = await killAndStart(before);
  expect((await refresh(after, first.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
  expect((await after.client().ask(VIEWER, { token: second.token })).code).toBe('SESSION_EXPIRED');
  after.kill('SIGTERM');
  expect(await after.ended).toBe(0);
});

test('SIGKILL before a use is recorded only delays the detection: the next use is recorded', async () => {
  const before = await start();
  const { first, second } = await useSecondPair(before);
  const after = await killAndStart(before);
  expect((await after.client().ask(VIEWER, { token: second.token })).code).toBeUndefined();
  await untilRecorded(second);
  expect((await refresh(after, first.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
  after.kill('SIGTERM');
  expect(await after.ended).toBe(0);
});
