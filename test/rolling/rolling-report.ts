import { rowsOf, rowsOfWarnings, toTable } from '../load/load-report.js';
import type { RollingRun } from './rolling-run.js';

/** What a run came to, as a table for people. */
export function reportOf({ record, end, restarts, proxies, steady, log }: RollingRun): string {
  const { checked } = end;
  return toTable([
    ...rowsOf(record),
    [
      'restarts of server 0 / 1',
      [0, 1].map((server) => restarts.filter((each) => each.server === server).length).join(' / '),
    ],
    ['held sign-ins answered', restarts.filter(({ heldAnswer }) => heldAnswer.startsWith('HTTP/1.1 200')).length],
    ...Object.entries(proxies).flatMap(([name, proxy]) => [
      [`proxy that is ${name}: to server 0 / 1`, proxy.passedOn.join(' / ')] as const,
      ['  over kept connections', proxy.reused()] as const,
      ['  refused by one, answered by the other', proxy.turnedAway()] as const,
      ['  while none was in rotation', proxy.outOfRotation()] as const,
      ['  failed', proxy.failures.length] as const,
    ]),
    ['steady requests, answered', steady.answered()],
    ['unexpected answers', record.unexpected.length],
    ['inspected: sessions live / over', `${checked.live} / ${checked.over}`],
    ['inspected: users banned / unbanned', `${checked.banned} / ${checked.unbanned}`],
    ...rowsOfWarnings(log),
  ]);
}
