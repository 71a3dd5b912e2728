import type { SigningKeyRow } from './signing-key-store.js';

/** What a key is for at a moment: it will sign, signs, has signed, or is no longer good. */
export type SigningKeyState = 'NEXT' | 'ACTIVE' | 'RETIRED' | 'REVOKED';

/** What the judgements below go by. Lists are by sequence number, as the store gives them. */
type KeyTimes = Pick<SigningKeyRow, 'sequence' | 'activeFrom' | 'revokedAt'>;

/** A key at a moment. */
export interface SigningKeyJudgement {
  readonly state: SigningKeyState;
  /** `null`: it never signs, since a later key or a revocation comes first. */
  readonly signsFrom: Date | null;
  /** `null`: nothing is known to end it, or it never signs. */
  readonly signsUntil: Date | null;
  /** Until when its tokens are accepted; `null`: nothing is known to end it. */
  readonly verifiesUntil: Date | null;
  /** When no token that it signed can be alive, so that nobody misses it; `null`: not known yet. */
  readonly neededUntil: Date | null;
}

/**
 * The key that signs: the last that has begun and is not revoked. Where none has, as for a node whose clock lags behind
 * the store's, the first that will; `null` where all are revoked.
 */
export function activeKey<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key | null {
  const good = keys.filter(isGood);
  return good.findLast(({ activeFrom }) => activeFrom <= now) ?? firstToBegin(good);
}

/** The key that takes over from the active one; `null` where there is none yet. */
export function nextKey<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key | null {
  const active = activeKey(keys, now);
  return active && firstToBegin(keys.filter((key) => isGood(key) && key.sequence > active.sequence));
}

/**
 * Judges one key of the list.
 *
 * @param retentionMs for how long a token that a key signed may be alive
 */
export function judgeSigningKey(
  key: KeyTimes,
  keys: readonly KeyTimes[],
  { now, retentionMs }: { readonly now: Date; readonly retentionMs: number },
): SigningKeyJudgement {
  const overtakenAt = overtaking(key, keys);
  const endsAt = earlier(overtakenAt, key.revokedAt);
  const everSigns = endsAt === null || endsAt > key.activeFrom;
  const signsFrom = everSigns ? key.activeFrom : null;
  const signsUntil = everSigns ? endsAt : null;
  if (key.revokedAt !== null) {
    const neededUntil = after(key.revokedAt, retentionMs);
    return { state: 'REVOKED', signsFrom, signsUntil, verifiesUntil: key.revokedAt, neededUntil };
  }
  // One that was overtaken before it began may have signed on a node that had not heard of it.
  const verifiesUntil = overtakenAt && after(everSigns ? overtakenAt : key.activeFrom, retentionMs);
  return {
    state: stateOf(key, keys, { now, everSigns }),
    signsFrom,
    signsUntil,
    verifiesUntil,
    neededUntil: verifiesUntil,
  };
}

function stateOf(
  key: KeyTimes,
  keys: readonly KeyTimes[],
  { now, everSigns }: { readonly now: Date; readonly everSigns: boolean },
): SigningKeyState {
  const active = activeKey(keys, now);
  if (active?.sequence === key.sequence) return 'ACTIVE';
  return everSigns && active !== null && key.sequence > active.sequence ? 'NEXT' : 'RETIRED';
}

/** When the first of the later keys takes over from this one. */
function overtaking(key: KeyTimes, keys: readonly KeyTimes[]): Date | null {
  const later = keys.filter(({ sequence }) => sequence > key.sequence);
  // Of one that is revoked itself, the end stays what it was, though its successor may be revoked by now as well.
  const tookOver = later.filter(
    ({ activeFrom, revokedAt }) => revokedAt === null || (!isGood(key) && activeFrom < revokedAt),
  );
  return firstToBegin(tookOver)?.activeFrom ?? null;
}

const isGood = ({ revokedAt }: KeyTimes): boolean => revokedAt === null;

/** Of those that begin at the same moment, the last is the one that signs. */
const firstToBegin = <Key extends KeyTimes>(keys: readonly Key[]): Key | null =>
  keys.reduce<Key | null>((first, key) => (first === null || key.activeFrom <= first.activeFrom ? key : first), null);

const earlier = (one: Date | null, other: Date | null): Date | null =>
  one === null || (other !== null && other < one) ? other : one;

const after = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms);
