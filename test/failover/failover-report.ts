import { lastAcceptancesMs } from '../load/load-record.js';
import { rowsOf, rowsOfWarnings, toTable } from '../load/load-report.js';
import type { FailoverRun } from './failover-run.js';

/** What a run came to, as a table for people. */
export function reportOf({ record, end, log }: FailoverRun, servers: number): string {
  const last = lastAcceptancesMs(record, servers);
  const { checked } = end;
  return toTable([
    ...rowsOf(record),
    ['last acceptance after the end was acknowledged, of each session at each server', ''],
    ['  p50 / p99 / max', [0.5, 0.99, 1].map((part) => `${Math.round(percentile(last, part))} ms`).join(' / ')],
    ['  never after it', `${last.filter((ms) => ms === 0).length} of ${last.length}`],
    ['unexpected answers', record.unexpected.length],
    ['inspected: sessions live / over', `${checked.live} / ${checked.over}`],
    ['inspected: users banned / unbanned', `${checked.banned} / ${checked.unbanned}`],
    ...rowsOfWarnings(log),
  ]);
}

/** Of a sorted list; 0 of an empty one. */
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
