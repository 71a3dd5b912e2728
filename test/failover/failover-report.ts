import { lastAcceptancesMs, overSince, sessionsOf, type FailoverRecord } from './failover-record.js';
import type { FailoverRun } from './failover-run.js';
import type { LogLine } from './failover-servers.js';

const WARNING = 40;

/** What a run came to, as a table for people. */
export function reportOf({ record, end, log }: FailoverRun, servers: number): string {
  const sessions = sessionsOf(record);
  const last = lastAcceptancesMs(record, servers);
  const { checked } = end;
  const rows: [string, string | number][] = [
    ...inOrder(record.counts),
    ['users', record.users.length],
    ['  banned / of these unbanned', `${countOf(record.users, 'ban')} / ${countOf(record.users, 'lift')}`],
    ['sessions', sessions.length],
    ['  known to be over', sessions.filter((session) => overSince(session) !== null).length],
    ['last acceptance after the end was acknowledged, of each session at each server', ''],
    ['  p50 / p99 / max', [0.5, 0.99, 1].map((part) => `${Math.round(percentile(last, part))} ms`).join(' / ')],
    ['  never after it', `${last.filter((ms) => ms === 0).length} of ${last.length}`],
    ['unexpected answers', record.unexpected.length],
    ['inspected: sessions live / over', `${checked.live} / ${checked.over}`],
    ['inspected: users banned / unbanned', `${checked.banned} / ${checked.unbanned}`],
    ...inOrder(countWarnings(log)),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(36)} ${value}`.trimEnd()).join('\n');
}

const inOrder = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([left], [right]) => (left < right ? -1 : 1));

const countOf = (users: FailoverRecord['users'], act: 'ban' | 'lift'): number =>
  users.filter((user) => user[act]?.acknowledgedAtMs != null).length;

/** Of a sorted list; 0 of an empty one. */
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;

/** What servers warned of, and how often. */
function countWarnings(log: readonly LogLine[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { level, text } of log) {
    if (level !== WARNING) continue;
    const { msg } = JSON.parse(text) as { readonly msg: string };
    counts.set(`log: ${msg}`, (counts.get(`log: ${msg}`) ?? 0) + 1);
  }
  return counts;
}
