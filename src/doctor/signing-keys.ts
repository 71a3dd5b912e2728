import type { SigningKeyRow } from '../domain/signing-key-store.js';
import { activeKey } from '../domain/signing-key-state.js';
import { findingIf, orWell, type Finding } from './finding.js';

/** A key, and the secret that opens it. */
export interface ExaminedKey extends Pick<SigningKeyRow, 'kid' | 'sequence' | 'activeFrom' | 'revokedAt'> {
  /** `none`: it was encrypted with another one, or changed. */
  readonly openedBy: 'first' | 'another' | 'none';
}

/** Judges the signing keys of a store. @param ttlMs for how long one shall sign */
export function judgeSigningKeys(
  keys: readonly ExaminedKey[],
  { now, ttlMs }: { readonly now: Date; readonly ttlMs: number },
): Finding[] {
  if (keys.length === 0) return [{ level: 'ok', area: 'keys', message: 'none yet: the first start makes them' }];
  const active = activeKey(keys, now);
  const closed = keys.filter(({ openedBy }) => openedBy === 'none').map(({ kid }) => kid);
  const old = keys.filter(({ openedBy }) => openedBy === 'another');
  const ageMs = active === null ? 0 : now.getTime() - active.activeFrom.getTime();
  const findings = [
    ...findingIf(closed.length > 0, {
      ...{ level: 'error', area: 'keys', code: 'KEY_UNREADABLE' },
      message: `no secret opens ${closed.join(', ')}: servers do not start`,
      cure: 'Put back the LATCHKEY_SECRET, or the file beside the database, that it was encrypted with, behind the new one: NEW,OLD.',
    }),
    ...findingIf(active === null, {
      ...{ level: 'error', area: 'keys', code: 'KEY_NONE_SIGNS' },
      message: 'every key is revoked: nobody can sign in',
      cure: 'Run latchkey keys rotate.',
    }),
    ...findingIf(old.length > 0, {
      ...{ level: 'warning', area: 'keys', code: 'KEY_OLD_SECRET' },
      message: `${old.length} of ${keys.length} are encrypted under another secret than the first`,
      cure: 'Run latchkey keys reencrypt, before that secret is taken away.',
    }),
    // The next one is published ahead of time, and takes over by the clock alone.
    ...findingIf(ageMs > 2 * ttlMs, {
      ...{ level: 'warning', area: 'keys', code: 'KEY_OVERDUE' },
      message: `the key that signs is ${days(ageMs)} days old, and SIGNING_KEY_TTL_SECONDS are ${days(ttlMs)} days: no server has run for long`,
      cure: 'Start a server, which changes it; or run latchkey keys rotate.',
    }),
  ] satisfies Finding[];
  return orWell(findings, 'keys', `${keys.length}, the one that signs ${days(ageMs)} days old`);
}

const DAY_MS = 24 * 3_600_000;
const days = (ms: number): string => String(Math.round((ms / DAY_MS) * 10) / 10);
