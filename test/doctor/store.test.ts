import { describe, expect, test } from '@jest/globals';
import type {
  CommonFacts,
  MongoFacts,
  SoundStoreFacts,
  SqliteFacts,
  StoreFacts,
} from '../../src/domain/store-facts.js';
import type { Finding } from '../../src/doctor/finding.js';
import { judgeSigningKeys, type ExaminedKey } from '../../src/doctor/signing-keys.js';
import { judgeStore } from '../../src/doctor/store.js';

const told = (findings: readonly Finding[]): string[] =>
  findings.flatMap((finding) => (finding.level === 'ok' ? [] : [`${finding.level} ${finding.code}`]));

const COMMON: Omit<CommonFacts, 'release'> = {
  ...{ version: { found: 2, needed: 2, pending: [] }, missing: [], altered: [], scans: [] },
  ...{ hasAdministrator: false, aheadMs: -20, signingKeys: [] },
};
const SQLITE: SoundStoreFacts & SqliteFacts = {
  ...COMMON,
  ...{ kind: 'SQLite', release: '3.45.1', path: '/data/latchkey.db', mode: 0o600 },
};
const MONGODB: SoundStoreFacts & MongoFacts = {
  ...COMMON,
  ...{ kind: 'MongoDB', release: '7.0.14', topology: 'replica set', members: 3, majorityLagMs: 0, overruled: [] },
};
const DAMAGED: StoreFacts = {
  ...{
    kind: 'damaged file',
    path: '/data/latchkey.db',
    mode: 0o600,
    damage: ['*** in database main ***\nPage 3: bad'],
  },
};
const OUTDATED = { version: { found: 1, needed: 2, pending: ['the audit log'] } };

describe('the doctor', () => {
  test('finds nothing in a store that is well, nor in one that is not there yet', () => {
    expect([SQLITE, MONGODB, null].flatMap((facts) => told(judgeStore(facts)))).toEqual([]);
  });

  test.each<[string, Partial<SoundStoreFacts & SqliteFacts>]>([
    ['error FILE_OPEN', { mode: 0o644 }],
    ['warning STORE_OUTDATED', OUTDATED],
    ['error INDEX_MISSING', { missing: ['index users_by_age'] }],
    ['error INDEX_ALTERED', { altered: ['trigger users_changed'] }],
    ['error INDEX_UNUSED', { scans: ['users by address'] }],
    ['error CLOCK_BEHIND', { aheadMs: 60_000 }],
  ])('finds %s, and nothing else, in a SQLite file with %j', (finding, change) => {
    expect(told(judgeStore({ ...SQLITE, ...change }))).toEqual([finding]);
  });

  test('finds FILE_DAMAGED, and believes nothing else of such a file but its mode', () => {
    expect(told(judgeStore(DAMAGED))).toEqual(['error FILE_DAMAGED']);
    expect(told(judgeStore({ ...DAMAGED, mode: 0o644 }))).toEqual(['error FILE_OPEN', 'error FILE_DAMAGED']);
  });

  test.each<[string, Partial<SoundStoreFacts & MongoFacts>]>([
    ['error MONGODB_TOO_OLD', { release: '4.4.29' }],
    ['warning MONGODB_UNSUPPORTED', { release: '5.0.31' }],
    ['warning MONGODB_STANDALONE', { topology: 'standalone', members: 1 }],
    ['warning MONGODB_FEW_MEMBERS', { members: 1 }],
    ['error MONGODB_MAJORITY_BEHIND', { majorityLagMs: 60_000 }],
    ['warning STORE_URL_OVERRULED', { overruled: ['w=1'] }],
    ['warning STORE_OUTDATED', { ...OUTDATED, missing: ['users.list'], scans: ['users by change'] }],
    ['error INDEX_MISSING', { missing: ['users.emailKey'], scans: ['users by address'] }],
    ['error INDEX_ALTERED', { altered: ['users.emailKey'] }],
    ['error INDEX_UNUSED', { scans: ['users by address'] }],
    ['warning CLOCK_SKEWED', { aheadMs: -60_000 }],
  ])('finds %s, and nothing else, in a MongoDB with %j', (finding, change) => {
    expect(told(judgeStore({ ...MONGODB, ...change }))).toEqual([finding]);
  });
});

describe('the doctor of signing keys', () => {
  const DAY_MS = 24 * 3_600_000;
  const NOW = new Date('2026-03-01T00:00:00.000Z');
  const at = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);
  const KEY: ExaminedKey = { kid: 'first', sequence: 1, activeFrom: at(-10), revokedAt: null, openedBy: 'first' };
  const NEXT: ExaminedKey = { ...KEY, kid: 'next', sequence: 2, activeFrom: at(20) };
  const judged = (...keys: ExaminedKey[]): string[] => told(judgeSigningKeys(keys, { now: NOW, ttlMs: 30 * DAY_MS }));

  test('finds nothing in keys that are well, nor where there are none yet', () => {
    expect([judged(KEY, NEXT), judged()]).toEqual([[], []]);
  });

  test.each<[string, ExaminedKey[]]>([
    ['error KEY_UNREADABLE', [{ ...KEY, openedBy: 'none' }, NEXT]],
    ['error KEY_NONE_SIGNS', [{ ...KEY, revokedAt: at(-1) }]],
    ['warning KEY_OLD_SECRET', [{ ...KEY, openedBy: 'another' }, NEXT]],
    ['warning KEY_OVERDUE', [{ ...KEY, activeFrom: at(-61) }]],
  ])('finds %s, and nothing else', (finding, keys) => {
    expect(judged(...keys)).toEqual([finding]);
  });
});
