import type { Clock } from './clock.js';
import { oneAtATime } from './one-at-a-time.js';
import type { SecretKeys } from './secrets.js';
import { openSigningKey, type SigningKey } from './signing-key.js';
import type { SigningKeyRow, SigningKeyStore } from './signing-key-store.js';

/** A key in the store that no configured secret opens. */
export class UnreadableSigningKeyError extends Error {
  override readonly name = 'UnreadableSigningKeyError';

  constructor(kids: readonly string[]) {
    const [keys, were] = kids.length === 1 ? ['key', 'was'] : ['keys', 'were'];
    super(
      `LATCHKEY_SECRET: the signing ${keys} ${kids.join(', ')} in the store ${were} encrypted with another secret, or changed`,
    );
  }
}

/** A row with the key that it was opened to. */
export interface HeldSigningKey extends SigningKeyRow {
  readonly key: SigningKey;
}

/** The store's signing keys as they were last read, ready for use. */
export interface SigningKeyMemory {
  /** By sequence number. */
  keys(): readonly HeldSigningKey[];
  find(kid: string): HeldSigningKey | null;
  /** The `kid` of each row that cannot be read: encrypted with another secret, or changed by somebody. */
  unreadable(): readonly string[];
  /** The highest sequence number that is taken, be it of a row that cannot be read; 0 where there is none. */
  lastSequence(): number;
  /** The store's time, never before a moment that the store has shown to be past: a node's clock may lag by a little. */
  now(): Date;
  /** Takes note that by the store's clock this moment is past. */
  notePast(moment: Date): void;
  /**
   * Reads them again: by a read that begins after the call, which calls that come meanwhile share.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE`, with what was held as it was
   */
  load(): Promise<void>;
  /** Calls this whenever a key that was held turned out to be revoked. */
  onRevoked(listener: () => void): void;
}

export interface SigningKeyMemoryOptions {
  readonly store: Pick<SigningKeyStore, 'list'>;
  readonly keys: readonly SecretKeys[];
  readonly clock: Clock;
  /** Told once of each row that cannot be read and was not there at the first read. */
  readonly onUnreadable: (kid: string) => void;
}

/** Makes the memory, with nothing in it. */
export function createSigningKeyMemory({
  store,
  keys,
  clock,
  onUnreadable,
}: SigningKeyMemoryOptions): SigningKeyMemory {
  const listeners: (() => void)[] = [];
  let held: readonly HeldSigningKey[] = [];
  let unreadable: readonly string[] = [];
  let last = 0;
  let isFirst = true;
  let pastMs = 0;
  /** The last moment that a row tells of. */
  let writtenMs = 0;
  const find = (kid: string): HeldSigningKey | null => held.findLast((each) => each.kid === kid) ?? null;

  async function read(): Promise<void> {
    const rows = await store.list();
    const opened = await Promise.all(rows.map((row) => open(row, { before: find(row.kid), unreadable, keys })));
    const isNewlyRevoked = opened.some(
      ({ row, key }) => key !== null && row.revokedAt !== null && find(row.kid)?.revokedAt === null,
    );
    const unknown = opened.filter(({ isReadable }) => !isReadable).map(({ row }) => row.kid);
    if (!isFirst) unknown.filter((kid) => !unreadable.includes(kid)).forEach(onUnreadable);
    isFirst = false;
    held = opened.flatMap(({ row, key }) => (key === null ? [] : [{ ...row, key }]));
    writtenMs = Math.max(
      0,
      ...held.flatMap(({ createdAt, revokedAt }) => [createdAt, revokedAt ?? createdAt]).map(Number),
    );
    unreadable = unknown;
    last = rows.at(-1)?.sequence ?? 0;
    if (isNewlyRevoked) for (const listener of listeners) listener();
  }

  return {
    keys: () => held,
    find,
    unreadable: () => unreadable,
    lastSequence: () => last,
    now: () => new Date(Math.max(clock.now().getTime(), pastMs, writtenMs)),
    notePast(moment) {
      if (moment.getTime() > pastMs) pastMs = moment.getTime();
    },
    load: oneAtATime(read),
    onRevoked: (listener) => void listeners.push(listener),
  };
}

interface Known {
  readonly before: HeldSigningKey | null;
  readonly unreadable: readonly string[];
  readonly keys: readonly SecretKeys[];
}

interface Opened {
  readonly row: SigningKeyRow;
  /** `null`: it never could be read. */
  readonly key: SigningKey | null;
  readonly isReadable: boolean;
}

async function open(row: SigningKeyRow, { before, unreadable, keys }: Known): Promise<Opened> {
  const isHeld = before !== null && row.algorithm === before.algorithm && row.publicKey === before.publicKey;
  if (!isHeld) {
    const key = await openSigningKey(row, keys);
    return { row, key, isReadable: key !== null };
  }
  // Once revoked, a key stays so, whatever a database says that was left behind by the others.
  const known = { ...row, revokedAt: row.revokedAt ?? before.revokedAt };
  if (row.encryptedPrivateKey === before.encryptedPrivateKey) {
    return { row: known, key: before.key, isReadable: !unreadable.includes(row.kid) };
  }
  // A secret that this node lacks encrypted it anew: the key is still the one that it opened, until it starts again.
  const key = await openSigningKey(row, keys);
  return { row: known, key: key ?? before.key, isReadable: key !== null };
}
