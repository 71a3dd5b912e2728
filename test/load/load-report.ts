import { overSince, sessionsOf, type LoadRecord } from './load-record.js';
import type { LogLine } from './load-servers.js';

export type Row = readonly [name: string, value: string | number];

const WARNING = 40;

/** How often each act had each outcome, and what users and sessions came to. */
export function rowsOf(record: LoadRecord): Row[] {
  const sessions = sessionsOf(record);
  return [
    ...inOrder(record.counts),
    ['users', record.users.length],
    ['  banned / of these unbanned', `${countOf(record.users, 'ban')} / ${countOf(record.users, 'lift')}`],
    ['sessions', sessions.length],
    ['  known to be over', sessions.filter((session) => overSince(session) !== null).length],
  ];
}

/** What servers warned of, and how often. */
export function rowsOfWarnings(log: readonly LogLine[]): Row[] {
  const counts = new Map<string, number>();
  for (const { level, text } of log) {
    if (level !== WARNING) continue;
    const { msg } = JSON.parse(text) as { readonly msg: string };
    counts.set(`log: ${msg}`, (counts.get(`log: ${msg}`) ?? 0) + 1);
  }
  return inOrder(counts);
}

/** As a table for people. */
export const toTable = (rows: readonly Row[]): string =>
  rows.map(([name, value]) => `  ${name.padEnd(36)} ${value}`.trimEnd()).join('\n');

const inOrder = (counts: ReadonlyMap<string, number>): Row[] =>
  [...counts].sort(([left], [right]) => (left < right ? -1 : 1));

const countOf = (users: LoadRecord['users'], act: 'ban' | 'lift'): number =>
  users.filter((user) => user[act]?.acknowledgedAtMs != null).length;
