/**
 * How much of MongoDB's oplog does one act take, with all that comes of it: the audit log, counts of tries, the
 * confirmation of a refresh? And a server that nobody asks anything, by its heartbeat?
 *
 *     MONGODB_URI='mongodb://…?replicaSet=rs0' npx tsx bench/mongodb-oplog.ts [--people=25] [--quiet-seconds=20] [--json]
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import mongoose from 'mongoose';
import { createAuthServer } from '../src/index.js';
import { printResults } from './support/in-process.js';
import { numberOption } from './support/options.js';

const PEOPLE = numberOption('people', 25);
const QUIET_SECONDS = numberOption('quiet-seconds', 20);
/** What is written behind an answer is written within so long. */
const BEHIND_MS = 2_500;
const PASSWORD = 'correct horse battery staple';
const ADMIN = 'admin@example.com';
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

const storeUrl = new URL(process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0');
const databaseName = `latchkey-bench-${randomUUID()}`;
storeUrl.pathname = `/${databaseName}`;
const connection = await mongoose.createConnection(storeUrl.href).asPromise();
const oplog = connection.getClient().db('local').collection('oplog.rs');
const server = await createAuthServer({
  env: {
    ...{ PORT: '0', STORE_URL: storeUrl.href, LATCHKEY_SECRET: randomUUID() + randomUUID(), LOG_LEVEL: 'fatal' },
    ...{ ADMIN_EMAIL: ADMIN, ADMIN_PASSWORD: PASSWORD },
  },
});
const { url } = await server.listen();

type Payload = Readonly<Record<string, unknown>> & {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string };
};

async function ask(query: string, variables: object, accessToken?: string): Promise<Payload> {
  const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const headers = { 'content-type': 'application/json', 'user-agent': USER_AGENT, ...authorization };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data?: Record<string, Payload>; errors?: unknown };
  const [payload] = Object.values(data ?? {});
  if (payload === undefined || errors !== undefined) throw new Error(JSON.stringify(errors));
  return payload;
}

const PAIR = 'accessToken refreshToken user { id }';
const signIn = (email: string): Promise<Payload> =>
  ask(`mutation ($i: SignInInput!) { signIn(input: $i) { ${PAIR} } }`, { i: { email, password: PASSWORD } });

/** Bytes of the oplog, and entries, of the acts that are done meanwhile; for each, with or without heartbeats. */
async function measure(
  collections: string,
  times: number,
  act: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const [last] = await oplog.find().sort({ $natural: -1 }).limit(1).toArray();
  await act();
  await wait(BEHIND_MS);
  const written = { ts: { $gt: last?.['ts'] as unknown }, ns: { $regex: `^${databaseName}\\.${collections}` } };
  const sums = { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } }, entries: { $sum: 1 } };
  const [sum] = await oplog.aggregate<Record<string, number>>([{ $match: written }, { $group: sums }]).toArray();
  return { bytes: (sum?.['bytes'] ?? 0) / times, entries: (sum?.['entries'] ?? 0) / times };
}

/** Of each, one after the other. */
const each = (act: (index: number) => Promise<unknown>) =>
  measure('(?!heartbeats)', PEOPLE, async () => {
    for (let index = 0; index < PEOPLE; index += 1) await act(index);
  });

const people: Payload[] = [];
const at = (index: number): Payload => {
  const payload = people[index];
  if (payload === undefined) throw new Error(`There is no person ${index}.`);
  return payload;
};
const email = (index: number): string => `person${index}@mail.example.com`;
const { accessToken: admin } = await signIn(ADMIN);
await wait(BEHIND_MS);

const results = {
  'sign-up': await each(async (index) => {
    const input = { email: email(index), password: PASSWORD };
    people[index] = await ask(`mutation ($i: SignUpInput!) { signUp(input: $i) { ${PAIR} } }`, { i: input });
  }),
  'sign-in': await each(async (index) => {
    people[index] = await signIn(email(index));
  }),
  'refresh, and a request': await each(async (index) => {
    const i = { refreshToken: at(index).refreshToken };
    people[index] = await ask(`mutation ($i: RefreshSessionInput) { refreshSession(input: $i) { ${PAIR} } }`, { i });
    await ask('{ viewer { id } }', {}, at(index).accessToken);
  }),
  request: await each((index) => ask('{ viewer { id email } }', {}, at(index).accessToken)),
  'sign-out': await each((index) => ask('mutation { signOut { signedOut } }', {}, at(index).accessToken)),
  'refused sign-in': await each((index) =>
    ask('mutation ($i: SignInInput!) { signIn(input: $i) { expiresInSeconds } }', {
      i: { email: email(index), password: 'not this one' },
    }).catch(() => undefined),
  ),
  'ban, of one session': await each((index) =>
    ask(
      'mutation ($i: BanUserInput!) { banUser(input: $i) { revokedSessionIds } }',
      { i: { userId: at(index).user.id, reason: 'spam' } },
      admin,
    ),
  ),
  'second of an idle server': await measure('heartbeats', QUIET_SECONDS + BEHIND_MS / 1_000, () =>
    wait(QUIET_SECONDS * 1_000),
  ),
};
printResults(results);

await server.close();
await connection.getClient().db(databaseName).dropDatabase();
await connection.close();
