import type { DamagedFileFacts, MongoFacts, SoundStoreFacts, SqliteFacts, StoreFacts } from '../domain/store-facts.js';
import { findingIf, orWell, type Finding } from './finding.js';

/** As docs/mongodb.md says. */
const OLDEST_MONGODB = 5;
/** Older ones get no mends from their makers any more. @see https://www.mongodb.com/legal/support-policy/lifecycles */
const OLDEST_SUPPORTED_MONGODB = 7;
const LONGEST_LAG_MS = 10_000;
const LARGEST_SKEW_MS = 5_000;

/** Judges a database. @param facts `null`: there is none yet */
export function judgeStore(facts: StoreFacts | null): Finding[] {
  if (facts === null) return [{ level: 'ok', area: 'store', message: 'not there yet: the first start makes it' }];
  if (facts.kind === 'damaged file') return judgeDamage(facts);
  return [...judgeDatabase(facts), ...judgeIndexes(facts), ...judgeClock(facts)];
}

function judgeDatabase(facts: SoundStoreFacts): Finding[] {
  const { found, needed } = facts.version;
  const findings = [
    ...(facts.kind === 'SQLite' ? judgeFile(facts) : judgeDeployment(facts)),
    ...findingIf(found < needed, {
      ...{ level: 'warning', area: 'store', code: 'STORE_OUTDATED' },
      message: `it is of version ${found}, and this Latchkey needs ${needed}`,
      cure: 'Run latchkey migrate; the next start of a server does the same.',
    }),
  ] satisfies Finding[];
  return orWell(findings, 'store', `${facts.kind} ${facts.release}, ${placeOf(facts)}, version ${found}`);
}

const placeOf = (facts: SqliteFacts | MongoFacts): string =>
  facts.kind === 'SQLite'
    ? facts.path
    : `${facts.topology}, ${facts.members} members; writes wait for the journal of a majority`;

const judgeFile = ({ mode, path }: SqliteFacts | DamagedFileFacts): Finding[] =>
  findingIf((mode & 0o077) !== 0, {
    ...{ level: 'error', area: 'store', code: 'FILE_OPEN' },
    message: `others on this machine may read or write ${path} (mode ${mode.toString(8)})`,
    cure: `chmod 600 '${path}'`,
  });

const judgeDamage = (facts: DamagedFileFacts): Finding[] => [
  ...judgeFile(facts),
  {
    ...{ level: 'error', area: 'store', code: 'FILE_DAMAGED' },
    message: `${facts.path} is damaged, or no SQLite file: ${facts.damage.map(oneLine).join('; ')}`,
    cure: 'Stop the servers, keep a copy of the file, and put back a backup, as docs/backup.md says; then latchkey session revoke --all.',
  },
];

/** SQLite names the table, and then a line a fault. */
const oneLine = (said: string): string => said.replaceAll(/\s*\n\s*/g, ', ');

function judgeDeployment(facts: MongoFacts & { readonly release: string }): Finding[] {
  const release = Number.parseInt(facts.release, 10);
  return [
    ...findingIf(release < OLDEST_MONGODB, {
      ...{ level: 'error', area: 'store', code: 'MONGODB_TOO_OLD' },
      message: `MongoDB ${facts.release} lacks what Latchkey needs`,
      cure: `Update it to ${OLDEST_MONGODB}.0 or newer, best to one that its makers still mend.`,
    }),
    ...findingIf(release >= OLDEST_MONGODB && release < OLDEST_SUPPORTED_MONGODB, {
      ...{ level: 'warning', area: 'store', code: 'MONGODB_UNSUPPORTED' },
      message: `MongoDB ${facts.release} does, and its makers no longer mend what is found in it`,
      cure: `Update it to ${OLDEST_SUPPORTED_MONGODB}.0 or newer.`,
    }),
    ...findingIf(facts.topology === 'standalone', {
      ...{ level: 'warning', area: 'store', code: 'MONGODB_STANDALONE' },
      message:
        'MongoDB is a server by itself: no change streams, so that revocations are asked for each second; and where it is away, so is sign-in',
      cure: 'Make it a replica set of three, and name replicaSet in STORE_URL.',
    }),
    ...findingIf(facts.topology === 'replica set' && facts.members < 3, {
      ...{ level: 'warning', area: 'store', code: 'MONGODB_FEW_MEMBERS' },
      message: `the replica set has ${facts.members} ${facts.members === 1 ? 'member' : 'members'} with data: where one is away, no majority is left to acknowledge a write`,
      cure: 'Add members, so that three hold data.',
    }),
    ...findingIf(facts.majorityLagMs > LONGEST_LAG_MS, {
      ...{ level: 'error', area: 'store', code: 'MONGODB_MAJORITY_BEHIND' },
      message: `a majority is ${seconds(facts.majorityLagMs)} behind the newest write: writes, which wait for it, time out`,
      cure: 'Look at rs.status(): bring back the members that are away, or let those catch up that are behind.',
    }),
    ...findingIf(facts.overruled.length > 0, {
      ...{ level: 'warning', area: 'store', code: 'STORE_URL_OVERRULED' },
      message: `STORE_URL asks for ${facts.overruled.join(', ')}, which has no effect: a write waits for the journal of a majority, a read goes to the primary`,
      cure: 'Take it out of STORE_URL.',
    }),
  ];
}

const CHANGED_BY_HAND =
  'Somebody changed the file by hand: put back a backup, or make it anew by latchkey user export and import.';

function judgeIndexes({ kind, version, missing, altered, scans }: SoundStoreFacts): Finding[] {
  const isNew = version.found < version.needed;
  const findings = [
    ...findingIf(missing.length > 0 && !isNew, {
      ...{ level: 'error', area: 'indexes', code: 'INDEX_MISSING' },
      message: `missing: ${missing.join(', ')}`,
      cure: kind === 'MongoDB' ? 'Run latchkey migrate, beside the servers.' : CHANGED_BY_HAND,
    }),
    ...findingIf(altered.length > 0, {
      ...{ level: 'error', area: 'indexes', code: 'INDEX_ALTERED' },
      message: `not as they are declared: ${altered.join(', ')}`,
      cure: kind === 'MongoDB' ? 'Drop them, and run latchkey migrate.' : CHANGED_BY_HAND,
    }),
    ...findingIf(scans.length > 0 && missing.length === 0 && !isNew, {
      ...{ level: 'error', area: 'indexes', code: 'INDEX_UNUSED' },
      message: `there, and not used: ${scans.join(', ')} read every row`,
      cure: 'Show hidden indexes again, and take away index filters (MongoDB: collMod, planCacheClearFilters).',
    }),
  ] satisfies Finding[];
  return orWell(findings, 'indexes', 'as declared, and used');
}

function judgeClock({ kind, aheadMs }: SoundStoreFacts): Finding[] {
  if (kind === 'SQLite') {
    const findings = findingIf(aheadMs > LARGEST_SKEW_MS, {
      ...{ level: 'error', area: 'clock', code: 'CLOCK_BEHIND' },
      message: `the newest entry of the audit log is ${seconds(aheadMs)} in the future: this machine's clock was ahead, or is behind, and sessions end by it`,
      cure: 'Set the clock, and keep it so by NTP.',
    });
    return orWell(findings, 'clock', 'not behind what was written');
  }
  const findings = findingIf(Math.abs(aheadMs) > LARGEST_SKEW_MS, {
    ...{ level: 'warning', area: 'clock', code: 'CLOCK_SKEWED' },
    message: `the database's clock, by which everything is decided, and this machine's are ${seconds(Math.abs(aheadMs))} apart`,
    cure: 'Keep both by NTP; whoever else verifies access tokens goes by a clock of their own.',
  });
  return orWell(findings, 'clock', "this machine's and the database's go together");
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
