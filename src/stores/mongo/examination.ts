import type { Connection } from 'mongoose';
import { systemClock } from '../../domain/clock.js';
import type { CommonFacts, MongoFacts, StoreFacts } from '../../domain/store-facts.js';
import type { StoreVersion } from '../../domain/store-version.js';
import { INDEXES, listIndexes, type DeclaredIndex, type FoundIndex } from './collections.js';
import { runCommand } from './connection.js';
import { readVersion, withModels } from './migrations.js';
import type { Models, SigningKeyDocument } from './models.js';
import { signingKeyOf } from './signing-key-store.js';
import { databaseTime } from './time.js';
import { hasAdministrator } from './user-change.js';
import { assertNotNewer } from '../versions.js';

/** Look-ups of every request or refresh, or of a server that starts, which must not read every document. */
const LOOK_UPS = [
  ['users by address', 'users', { emailKey: 'ann@example.com' }],
  ['users by change', 'users', { verChangedAt: { $gt: new Date(0) } }],
  ['sessions by user', 'sessions', { userId: 'ann', endedAt: null }],
  ['sessions by end', 'sessions', { endedAt: { $gt: new Date(1) } }],
  ['audit entries by age', 'auditEntries', { at: { $gt: new Date(0) } }],
] as const;

/**
 * Looks at the database that the URL names, and changes nothing; `null` where it holds nothing of ours.
 *
 * @throws TypeError where a newer Latchkey made it, or its server refuses the user; `SERVICE_UNAVAILABLE` where nobody
 * answers
 */
export const examineMongo = (url: string, nowMs: () => number): Promise<StoreFacts | null> =>
  withModels(url, async (models, connection) => {
    const version = await readVersion(models);
    assertNotNewer(version);
    const found = await listIndexes(models);
    if (Object.values(found).every((indexes) => indexes.length === 0)) return null;
    return { ...(await examineServer(connection, url, nowMs)), ...(await examineIndexes(models, found, version)) };
  });

async function examineIndexes(
  models: Models,
  found: Awaited<ReturnType<typeof listIndexes>>,
  version: StoreVersion,
): Promise<Pick<CommonFacts, 'version' | 'missing' | 'altered' | 'scans' | 'hasAdministrator' | 'signingKeys'>> {
  const names = Object.keys(INDEXES) as (keyof Models)[];
  const pairs = names.flatMap((name) =>
    INDEXES[name].map((declared) => {
      const index = found[name].find((each) => each.name === declared.name);
      return { label: `${name}.${declared.name}`, declared, index };
    }),
  );
  const scans = await Promise.all(LOOK_UPS.map(async (lookUp) => ((await isScan(models, lookUp)) ? [lookUp[0]] : [])));
  const keys = await models.signingKeys.find().sort({ sequence: 1 }).lean<SigningKeyDocument[]>();
  return {
    version,
    missing: pairs.filter(({ index }) => index === undefined).map(({ label }) => label),
    altered: pairs
      .filter(({ index, declared }) => index !== undefined && shapeOf(index) !== shapeOf(declared))
      .map(({ label }) => label),
    scans: scans.flat(),
    hasAdministrator: await hasAdministrator(models.users, databaseTime(systemClock), null),
    signingKeys: keys.map(signingKeyOf),
  };
}

/** What an index does, as text; the names of fields in their order. */
const shapeOf = ({ key, unique, sparse, expireAfterSeconds, partialFilterExpression }: FoundIndex | DeclaredIndex) =>
  JSON.stringify([key, unique ?? false, sparse ?? false, expireAfterSeconds ?? null, partialFilterExpression ?? null]);

async function isScan(models: Models, [, name, filter]: (typeof LOOK_UPS)[number]): Promise<boolean> {
  const plan = await models[name].collection.find(filter as object).explain('queryPlanner');
  return JSON.stringify(plan).includes('"stage":"COLLSCAN"');
}

interface Hello {
  readonly setName?: string;
  readonly msg?: string;
  readonly hosts?: readonly string[];
  readonly passives?: readonly string[];
  readonly localTime: Date;
  readonly lastWrite?: { readonly lastWriteDate: Date; readonly majorityWriteDate?: Date };
}

async function examineServer(
  connection: Connection,
  url: string,
  nowMs: () => number,
): Promise<MongoFacts & Pick<CommonFacts, 'release' | 'aheadMs'>> {
  const { version: release } = (await runCommand(connection, { buildInfo: 1 })) as { readonly version: string };
  const sentMs = nowMs();
  const hello = (await runCommand(connection, { hello: 1 })) as Hello;
  const arrivedMs = nowMs();
  const { lastWriteDate, majorityWriteDate = lastWriteDate } = hello.lastWrite ?? {};
  const lagMs = (lastWriteDate?.getTime() ?? 0) - (majorityWriteDate?.getTime() ?? 0);
  return {
    kind: 'MongoDB',
    release,
    topology: topologyOf(hello),
    members: (hello.hosts?.length ?? 0) + (hello.passives?.length ?? 0) || 1,
    majorityLagMs: lagMs,
    overruled: overruledBy(url),
    aheadMs: hello.localTime.getTime() - (sentMs + arrivedMs) / 2,
  };
}

function topologyOf({ setName, msg }: Hello): MongoFacts['topology'] {
  if (msg === 'isdbgrid') return 'sharded cluster';
  return setName === undefined ? 'standalone' : 'replica set';
}

/** What {@link connect} says in its place. */
const overruledBy = (url: string): string[] =>
  [...new URLSearchParams(url.split('?')[1])]
    .filter(
      ([name, value]) =>
        (/^w$/i.test(name) && value !== 'majority') ||
        (/^(journal|j)$/i.test(name) && value !== 'true') ||
        (/^readPreference$/i.test(name) && value !== 'primary') ||
        (/^readConcernLevel$/i.test(name) && value !== 'majority'),
    )
    .map(([name, value]) => `${name}=${value}`);
