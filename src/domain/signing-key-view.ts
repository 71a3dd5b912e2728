import type { Clock } from './clock.js';
import type { HeldSigningKey, SigningKeyMemory } from './signing-key-memory.js';
import { judgeSigningKey, nextKey, type SigningKeyJudgement } from './signing-key-state.js';
import { cacheSeconds, type SigningKeyPolicy } from './signing-key-upkeep.js';
import type { PublicJwk, SigningAlgorithm, SigningKey } from './signing-key.js';

/** A key for people. */
export interface SigningKeyInfo extends Omit<SigningKeyJudgement, 'neededUntil'> {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly createdAt: Date;
}

/** A key that verifies. */
export interface VerifyingKey {
  readonly key: SigningKey;
  /** Its tokens are refused, though they are ours. */
  readonly isRevoked: boolean;
}

/** What `/.well-known/jwks.json` says. RFC 7517. */
export interface PublishedKeys {
  readonly keys: readonly PublicJwk[];
  /** Others may keep it for so long: at most 5 minutes, and never past the moment when the next key signs. */
  readonly maxAgeSeconds: number;
}

/** What is told of the keys that are held, as of each moment. */
export interface SigningKeyView {
  /** Asked for every request: a look into a table. */
  find(kid: string): VerifyingKey | null;
  /** Those that may verify now or soon. */
  published(): PublishedKeys;
  info(key: HeldSigningKey): SigningKeyInfo;
}

export interface SigningKeyViewOptions extends SigningKeyPolicy {
  readonly memory: SigningKeyMemory;
  readonly clock: Clock;
}

type Table = ReadonlyMap<string, VerifyingKey & { readonly neededUntilMs: number }>;

export function createSigningKeyView(options: SigningKeyViewOptions): SigningKeyView {
  const { memory, clock, retentionMs } = options;
  const judge = (key: HeldSigningKey): SigningKeyJudgement =>
    judgeSigningKey(key, memory.keys(), { now: memory.now(), retentionMs });
  let table: Table = new Map();
  let tableOf: readonly HeldSigningKey[] = [];

  /** When a key is past its use hangs on the rows alone: it is worked out once a reading. */
  function currentTable(): Table {
    if (tableOf === memory.keys()) return table;
    tableOf = memory.keys();
    table = new Map(
      tableOf.map((held) => {
        const neededUntilMs = judge(held).neededUntil?.getTime() ?? Infinity;
        return [held.kid, { key: held.key, isRevoked: held.revokedAt !== null, neededUntilMs }];
      }),
    );
    return table;
  }

  function find(kid: string): VerifyingKey | null {
    const found = currentTable().get(kid);
    return found !== undefined && clock.now().getTime() < found.neededUntilMs ? found : null;
  }

  return {
    find,

    published() {
      const verifying = memory.keys().filter(({ kid }) => find(kid)?.isRevoked === false);
      const now = memory.now();
      const next = nextKey(memory.keys(), now);
      const untilNextSeconds = next === null ? Infinity : (next.activeFrom.getTime() - now.getTime()) / 1000;
      return {
        keys: verifying.map(({ key }) => key.publicJwk),
        maxAgeSeconds: Math.max(0, Math.floor(Math.min(cacheSeconds(options), untilNextSeconds))),
      };
    },

    info(key) {
      const { kid, algorithm, createdAt } = key;
      const { state, signsFrom, signsUntil, verifiesUntil } = judge(key);
      return { kid, algorithm, createdAt, state, signsFrom, signsUntil, verifiesUntil };
    },
  };
}
