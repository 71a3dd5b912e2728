import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import mongoose from 'mongoose';
import type { SqliteClient } from '../../src/stores/sqlite/client.js';
import type { TestServer } from '../support/server.js';
import type { Backend, BackendName } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { refresh, signIn, signUp } from './support/people.js';

const SESSIONS = 50;
const REQUESTS = 1_000;
const AT_ONCE = 20;
const QUERY = '{ viewer { id roles permissions } session { id } }';

/** Every statement or command that the server sent to its database since this was last emptied. */
const sent: string[] = [];

const { createSqliteClient, ...others } = await import('../../src/stores/sqlite/client.js');
jest.unstable_mockModule('../../src/stores/sqlite/client.js', () => ({
  ...others,
  createSqliteClient: (...given: Parameters<typeof createSqliteClient>): SqliteClient => {
    const client = createSqliteClient(...given);
    const note = (sql: string): void => void sent.push(sql.replaceAll(/\s+/g, ' '));
    const all: SqliteClient['all'] = (sql, parameters) => {
      note(sql);
      return client.all(sql, parameters);
    };
    const change: SqliteClient['change'] = (sql, parameters) => {
      note(sql);
      return client.change(sql, parameters);
    };
    return { ...client, all, change, first: (sql, parameters) => all(sql, parameters)[0] ?? null };
  },
}));
// After the mock: what has been loaded before would go past it.
const { createBackend, describeOnMongo } = await import('../support/stores.js');
const { startServer } = await import('../support/server.js');
const { getServerSession } = await import('../../src/http/server-session.js');
const { rememberServer } = await import('../../src/http/session-servers.js');

/** Notes every command of the connection that was opened last: that of the server. */
function monitorCommands(): void {
  const client = mongoose.connections.at(-1)?.getClient();
  client?.on('commandStarted', ({ commandName, command }) => {
    const statement: unknown = (command as Record<string, unknown>)[commandName];
    const { updates = '', comment = '' } = command as { updates?: unknown; comment?: string };
    sent.push(`${commandName} ${typeof statement === 'string' ? statement : ''} ${JSON.stringify(updates)} ${comment}`);
  });
}

/** What a server does by itself, whether or not anybody asks it something. */
const isUpkeep = (statement: string): boolean =>
  /^PRAGMA data_version|^(hello|ping|getMore|endSessions) |^update heartbeats |latchkey: audit outbox$/.test(statement);
const isConfirmation = (statement: string): boolean =>
  /confirmed_generation = :generation|confirmedGeneration/.test(statement);

const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let server: TestServer;
  beforeAll(async () => {
    backend = createBackend(name);
    const url =
      name === 'SQLite' ? backend.url : `${backend.url}${backend.url.includes('?') ? '&' : '?'}monitorCommands=true`;
    server = await startServer(url);
    monitorCommands();
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
  });

  test('a page that is rendered on the server knows who asks for it, and the database is not asked', async () => {
    const person = await signUp(server);
    const request = new Request(server.origin, { headers: { authorization: `Bearer ${person.token}` } });
    const named = { server: server.app };
    rememberServer(named.server, server.app.sessions);
    expect(await getServerSession(request, named)).toMatchObject({ userId: person.id, sessionId: person.sessionId });

    sent.length = 0;
    for (let times = 0; times < 100; times += 1) {
      expect(await getServerSession(request, named)).toMatchObject({ userId: person.id });
    }
    expect(sent.filter((statement) => !isUpkeep(statement) && !isConfirmation(statement))).toEqual([]);
  });

  test(`${REQUESTS} verified requests of ${SESSIONS} sessions send the database nothing but confirmations`, async () => {
    const person = await signUp(server);
    const signInAndRefresh = async (): Promise<string> => {
      const { refreshToken } = await signIn(server, person);
      return (await refresh(server, refreshToken)).text('refreshSession.accessToken');
    };
    const tokens = await Promise.all(Array.from({ length: SESSIONS }, signInAndRefresh));
    // Each from a new device, of which a mail tells once it has read whom: off the requests' path, and by then over.
    await eventually(() => server.log().match(/a mail, in the log/g)?.length === SESSIONS);
    // The control: what reads is seen to read.
    sent.length = 0;
    const control = await server.client().ask('{ viewer { email } }', { token: tokens[0] ?? '' });
    expect(control.text('viewer.email')).toBe(person.email);
    expect(sent.filter((statement) => !isUpkeep(statement))).not.toEqual([]);

    sent.length = 0;
    const startedMs = performance.now();
    let asked = 0;
    const askInTurn = async (): Promise<void> => {
      while (asked < REQUESTS) {
        asked += 1;
        const answer = await server.client().ask(QUERY, { token: tokens[asked % SESSIONS] ?? '' });
        expect(answer.text('viewer.id')).toBe(person.id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
    const seconds = (performance.now() - startedMs) / 1000;

    const others = sent.filter((statement) => !isUpkeep(statement));
    expect(others.filter((statement) => !isConfirmation(statement))).toEqual([]);
    // At most one batch a second: on SQLite a statement for each session, in one transaction.
    const perBatch = name === 'SQLite' ? SESSIONS : 1;
    expect(others.length).toBeLessThanOrEqual((Math.ceil(seconds) + 1) * perBatch);
    await server.close();
    expect(sent.some(isConfirmation)).toBe(true);
  });
};

describe('verified requests (SQLite)', declareOn('SQLite'));
describeOnMongo('verified requests', declareOn('MongoDB'));
