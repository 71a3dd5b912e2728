import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { refreshed, signUp, VIEWER, type Person } from '../http/support/people.js';
import { programForTests, type RunningProgram } from './support/program.js';

const CLIENTS = 16;
const WARM_UP_ROUNDS = 60;
const ROUNDS = 150;
/** Some 250 are left by what the compiler goes on learning for a while. */
const MOST_BYTES = 550;

const PRELOADED = pathToFileURL(join(import.meta.dirname, 'support/promoted-bytes.js')).href;

// On SQLite: the driver of MongoDB leaves something of each statement by itself.
describe('What a request makes, V8 lets go of in the next collection of young objects', () => {
  const program = programForTests();
  const report = (): string => join(program.folder, 'promoted-bytes');

  async function promotedBytes(server: RunningProgram): Promise<number> {
    rmSync(report(), { force: true });
    server.kill('SIGUSR2');
    await eventually(() => existsSync(report()));
    return Number(readFileSync(report(), 'utf8'));
  }

  async function start(): Promise<RunningProgram> {
    const server = program.start({
      environment: {
        NODE_OPTIONS: `--import ${PRELOADED}`,
        PROMOTED_BYTES: report(),
        REFRESH_GRACE_SECONDS: '0',
      },
    });
    await server.ready();
    return server;
  }

  /** What each request leaves behind, where each of these people makes so many, all of them at once. */
  async function leftByEach(
    server: RunningProgram,
    people: readonly Person[],
    request: (person: Person) => Promise<Person>,
  ): Promise<number> {
    const go = (rounds: number): Promise<Person[]> =>
      Promise.all(
        people.map(async (person) => {
          let current = person;
          for (let round = 0; round < rounds; round += 1) current = await request(current);
          return current;
        }),
      );
    await go(WARM_UP_ROUNDS);
    const before = await promotedBytes(server);
    await go(ROUNDS);
    return ((await promotedBytes(server)) - before) / (people.length * ROUNDS);
  }

  const signUpMany = (server: RunningProgram): Promise<Person[]> =>
    Promise.all(Array.from({ length: CLIENTS }, () => signUp(server)));

  test('a refresh', async () => {
    const server = await start();
    const people = await signUpMany(server);
    const last = new Map(people.map((person) => [person.id, person]));
    const left = await leftByEach(server, people, async ({ id }) => {
      const next = await refreshed(server, last.get(id)!);
      last.set(id, next);
      return next;
    });
    expect(left).toBeLessThan(MOST_BYTES);
  });

  test('a request with an access token', async () => {
    const server = await start();
    const people = await signUpMany(server);
    const client = server.client();
    const left = await leftByEach(server, people, async (person) => {
      const answer = await client.ask(VIEWER, { token: person.token });
      expect(answer.text('viewer.id')).toBe(person.id);
      return person;
    });
    expect(left).toBeLessThan(MOST_BYTES);
  });
});
