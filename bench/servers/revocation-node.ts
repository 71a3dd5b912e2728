/**
 * A node that hears of revocations: `latchkey`, by what a server of ours follows the database with, or `bare`, by nothing
 * but a change stream of one collection, which it is told. It is sent ids, and says once it knows all of them.
 */
import { systemNodeClock } from '../../src/domain/clock.js';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import { createRevocationIndex } from '../../src/domain/revocation-index.js';
import { followRevocations } from '../../src/domain/revocation-service.js';
import { connect } from '../../src/stores/mongo/connection.js';
import { openStores } from '../../src/stores/open.js';

const RETENTION_MS = 660_000;
const [kind, url = '', collectionName = ''] = process.argv.slice(2);

let awaited = new Set<string>();
const say = (word: 'ready' | 'waiting' | 'all known'): void => void process.send?.(word);

/** Whatever else is told, such as of another round, is no business of ours. */
function hear(id: string): void {
  if (awaited.delete(id) && awaited.size === 0) say('all known');
}

/** A token of such a session is refused, by what is in memory. */
async function followAsLatchkey(): Promise<void> {
  const stores = await openStores(url);
  const index = createRevocationIndex({ retentionMs: RETENTION_MS });
  const refuses = (sessionId: SessionId): boolean =>
    index.judge({ sessionId, userId: 'nobody' as UserId, ver: Infinity }) === 'SESSION_EXPIRED';
  const revocations = followRevocations({
    store: stores.revocations,
    index: {
      ...index,
      add(told, now) {
        index.add(told, now);
        for (const each of told) if (each.kind === 'session-ended' && refuses(each.sessionId)) hear(each.sessionId);
      },
    },
    retentionMs: RETENTION_MS,
    reloadKeys: async () => undefined,
    reloadPermissions: async () => undefined,
    clock: stores.clock,
    nodeClock: systemNodeClock,
    report: (report) => console.error(report),
  });
  await revocations.catchUp();
}

async function followBarely(): Promise<void> {
  const connection = await connect(url);
  const stream = connection.collection(collectionName).watch();
  stream.on('change', (change) => {
    if ('documentKey' in change) hear(String(change.documentKey._id));
  });
  await new Promise((resolve) => {
    stream.once('resumeTokenChanged', resolve);
  });
}

process.on('message', (ids: readonly string[]) => {
  awaited = new Set(ids);
  say('waiting');
});
process.once('disconnect', () => process.exit(0));
await (kind === 'latchkey' ? followAsLatchkey() : followBarely());
say('ready');
