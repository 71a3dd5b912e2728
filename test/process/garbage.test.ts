import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { refreshed, signUp, VIEWER, type Person } from '../http/support/people.js';
import { programForTests, type RunningProgram } from './support/program.js';

const CLIENTS = 16;
const WARM_UP_ROUNDS = 60;
const ROUNDS = 200;
/**
 * Some 150 are what the compiler goes on learning for a while, and at times some 600 are of an object that V8 makes old at
 * once, since it saw such live on. A class for each object, or a set that each response is added to, leaves 2,500 and more.
 */
const MOST_BYTES_A_REFRESH = 1_200;
const MOST_BYTES_A_VERIFICATION = 500;
/** Of young objects, while it is measured. */
const FEWEST_COLLECTIONS = 3;

interface Report {
  readonly promoted: number;
  readonly collections: number;
}

const PRELOADED = pathToFileURL(join(import.meta.dirname, 'support/promoted-bytes.js')).href;

// On SQLite: the driver of MongoDB leaves something of each statement by itself.
describe('What a request makes, V8 lets go of in the next collection of young objects', () => {
  const program = programForTests();
  const report = (): string => join(program.folder, 'promoted-bytes');

  async function read(server: RunningProgram): Promise<Report> {
    rmSync(report(), { force: true });
    server.kill('SIGUSR2');
    await eventually(() => existsSync(report()));
    return JSON.parse(readFileSync(report(), 'utf8')) as Report;
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
    const before = await read(server);
    await go(ROUNDS);
    const after = await read(server);
    expect(after.collections - before.collections).toBeGreaterThan(FEWEST_COLLECTIONS);
    return (after.promoted - before.promoted) / (people.length * ROUNDS);
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
    expect(left).toBeLessThan(MOST_BYTES_A_REFRESH);
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
    expect(left).toBeLessThan(MOST_BYTES_A_VERIFICATION);
  });
});
