import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Stores } from '../../src/domain/stores.js';
import type { TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { signIn, signUp, type Person } from './support/people.js';
import { withMongo } from './support/raw-store.js';

/** Every call of a port since it was last emptied, in order. */
const calls: string[] = [];

/** The real stores, each call of which is noted. */
function counting(stores: Stores): Stores {
  const counted = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]): unknown => {
          calls.push(`${name}.${String(key)}`);
          return Reflect.apply(method, target, given);
        };
      },
    });
  return {
    ...stores,
    users: counted('users', stores.users),
    sessions: counted('sessions', stores.sessions),
    signingKeys: counted('signingKeys', stores.signingKeys),
    rolePermissions: counted('rolePermissions', stores.rolePermissions),
  };
}

const { openStores } = await import('../../src/stores/open.js');
jest.unstable_mockModule('../../src/stores/open.js', () => ({
  openStores: async (...given: Parameters<typeof openStores>) => counting(await openStores(...given)),
}));
const { startServer } = await import('../support/server.js');

const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let server: TestServer;
  let admin: Person;
  const people: Person[] = [];
  beforeAll(async () => {
    backend = createBackend(name);
    server = await startServer(backend.url);
    admin = await signUp(server, { setupCode: server.app.setUpCode ?? '' });
    for (let made = 0; made < 12; made += 1) people.push(await signUp(server));
    await Promise.all(people.slice(0, 6).map((person) => signIn(server, person)));
    await mailsSent(6);
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
  });

  /** A new device and a ban are told by a mail each, which reads whom: off the requests' path, and by then over. */
  const mailsSent = (count: number): Promise<void> =>
    eventually(() => server.log().match(/a mail, in the log/g)?.length === count);

  async function callsOf(query: string, { token }: Person = admin, variables = {}): Promise<string[]> {
    calls.length = 0;
    const answer = await server.client().ask(query, { token, variables });
    expect(answer.body.errors).toBeUndefined();
    return [...calls].sort();
  }

  test('many users with their sessions cost two calls of the store', async () => {
    expect(
      await callsOf(
        '{ users(first: 100) { nodes { email roles permissions ban { at } sessions { id deviceName } } } }',
      ),
    ).toEqual(['sessions.listOpenByUser', 'users.list']);
  });

  test('the user of each session, and the sessions of each user again, cost no more', async () => {
    const query = '{ users(first: 20) { nodes { sessions { id user { email sessions { id user { id } } } } } } }';
    expect(await callsOf(query)).toEqual(['sessions.listOpenByUser', 'users.list']);
  });

  test('who declared the bans of many users costs one call more', async () => {
    const ban = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }';
    for (const { id } of people.slice(6)) await callsOf(ban, admin, { id });
    await mailsSent(12);
    const query = `query ($filter: UserFilter) {
      users(first: 100, filter: $filter) { nodes { ban { reason by { email } } } }
    }`;
    const byOthers = await callsOf(query, admin, { filter: { banned: true } });
    expect(byOthers).toEqual(['users.list', 'users.listById']);
  });

  test('what the access token says of its viewer and session is answered with no call at all', async () => {
    expect(
      await callsOf('{ viewer { id roles permissions __typename } session { id current user { id } } }', people[0]),
    ).toEqual([]);
  });

  test('any number of the viewer\u2019s other fields cost one call each for user and sessions', async () => {
    const query = `{ viewer { email createdAt roles again: email sessions { id } }
      session { createdAt lastSeenAt user { email emailVerified } } }`;
    expect(await callsOf(query, people[0])).toEqual(['sessions.findById', 'sessions.listOpenByUser', 'users.listById']);
  });

  test('a refresh reads and writes the session once, and reads its user once: on SQLite in the same call', async () => {
    const query =
      'mutation ($t: String) { refreshSession(input: { refreshToken: $t }) { session { id createdAt } user { email } } }';
    const ofUser = name === 'SQLite' ? [] : ['users.findById'];
    expect(await callsOf(query, people[1], { t: people[1]?.refreshToken })).toEqual(['sessions.present', ...ofUser]);
  });

  if (name === 'MongoDB') {
    test('each call is one command, as MongoDB itself counts them', async () => {
      await withMongo(backend.url, (database) => database.command({ profile: 2 }));
      await callsOf('{ users(first: 100) { nodes { email sessions { id user { email } } } } }');
      const commands = await withMongo(backend.url, async (database) => {
        await database.command({ profile: 0 });
        const profile = database.collection('system.profile');
        // But for the look at what the audit log may lack, which a server takes by itself.
        const asked = { ns: /\.(users|sessions)$/, appName: 'latchkey', 'command.comment': { $exists: false } };
        return profile.find(asked).toArray();
      });
      expect(commands.map(({ op, ns }) => `${String(op)} ${String(ns).split('.').at(-1)}`).sort()).toEqual([
        'query sessions',
        'query users',
      ]);
    });
  }
};

describe('Reads (SQLite)', declareOn('SQLite'));
describeOnMongo('Reads', declareOn('MongoDB'));
