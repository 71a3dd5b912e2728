import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { PASSWORD, signIn, signUp, type Person } from '../http/support/people.js';
import { readRows } from '../http/support/raw-store.js';
import { createReplicaSet, type ReplicaSet } from '../support/replica-set.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { programForTests, type RunningProgram } from './support/program.js';

const ADMINISTRATOR = { email: 'administrator@example.com', password: PASSWORD };
const ENVIRONMENT = {
  PUBLIC_URL: 'http://auth.example.com',
  LATCHKEY_SECRET: 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx',
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
};
const BAN = 'mutation ($id: ID!) { banUser(input: { userId: $id, reason: "spam" }) { user { id } } }';
const HISTORY = `query ($id: ID) { auditLog(filter: { subjectId: $id, action: ["user-banned"] }) {
  nodes { id action reason actor { id } ipAddress }
} }`;

describeOnOwnMongod('the audit log behind a SIGKILL', (binary) => {
  const program = programForTests();
  let set: ReplicaSet;
  beforeAll(async () => {
    set = await createReplicaSet({ binary, members: 1, isTesting: true });
  });
  afterAll(() => set.remove());

  async function start(): Promise<RunningProgram> {
    const server = program.start({ environment: { ...ENVIRONMENT, STORE_URL: set.url } });
    await server.ready();
    return server;
  }

  const historyOf = async (server: RunningProgram, admin: Person, id: string): Promise<unknown[]> => {
    const answer = await server.client().ask(HISTORY, { token: admin.token, variables: { id } });
    return (answer.body.data?.['auditLog'] as { nodes: unknown[] }).nodes;
  };

  /** Every write of an entry hangs from now on, and comes to nothing; or goes on. */
  const hold = (mode: 'alwaysOn' | 'off'): Promise<void> =>
    set.configureFailPoint(0, {
      name: 'failCommand',
      mode,
      data: {
        ...{ failCommands: ['update'], namespace: `${new URL(set.url).pathname.slice(1)}.auditEntries` },
        // Whoever waits is told no in the end: a command that goes on without its client must not write the entry.
        ...{ blockConnection: true, blockTimeMS: 5_000, errorCode: 121 },
      },
    });

  test('has the entry of a change whose server was killed before it could write it: once, though two servers bring it', async () => {
    const victim = await start();
    const admin = await signIn(victim, ADMINISTRATOR);
    const user = await signUp(victim);
    await hold('alwaysOn');
    const banning = victim
      .client()
      .ask(BAN, { token: admin.token, variables: { id: user.id } })
      .catch(() => null);
    const rowOf = async () => ((await readRows(set.url))['users'] ?? []).find(({ _id }) => _id === user.id);
    await eventually(async () => (await rowOf())?.['ban'] != null);
    expect((await rowOf())?.['outbox']).toMatchObject([{ action: 'user-banned', reason: 'spam' }]);
    victim.kill('SIGKILL');
    await victim.ended;
    expect(await banning).toBeNull();
    await hold('off');
    const entries = ((await readRows(set.url))['auditEntries'] ?? []).filter(({ action }) => action === 'user-banned');
    expect(entries).toEqual([]);

    const [first, second] = await Promise.all([start(), start()]);
    const again = await signIn(first, ADMINISTRATOR);
    await eventually(async () => (await rowOf())?.['outbox'] === undefined);
    for (const server of [first, second]) {
      expect(await historyOf(server, again, user.id)).toEqual([
        {
          ...{ id: expect.any(String), action: 'user-banned', reason: 'spam' },
          ...{ actor: { id: admin.id }, ipAddress: expect.any(String) },
        },
      ]);
    }
  });
});
