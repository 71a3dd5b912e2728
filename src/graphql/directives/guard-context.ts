import { systemClock } from '../../domain/clock.js';
import type { Clock } from '../../domain/clock.js';
import type { JudgedCredential, JudgedPrincipal } from './judge.js';
import { NO_CREDENTIAL } from './judge.js';

/**
 * What the guards need to find in the context of an operation: a credential, or at least the principal. Both are read
 * at every field: a resolver that signs somebody in replaces them.
 */
export interface GuardContext {
  /**
   * Goes before `principal`, which cannot tell an anonymous request from one with a credential that is not usable. What
   * an application calls so, and is none of ours, is left alone.
   */
  readonly credential?: JudgedCredential;
  /** `null` or `undefined` for nobody. */
  readonly principal?: JudgedPrincipal | null | undefined;
  /** Beside a credential; the system's where it is left out. */
  readonly clock?: Clock;
}

/**
 * Who speaks. Throws a `TypeError` where the context does not say, so that nothing protected runs; an application that
 * forgets the principal is not to be told that nobody is signed in.
 */
export function credentialOf(context: GuardContext | null | undefined): JudgedCredential {
  const given = context?.credential;
  if (isOurs(given)) return given;
  if (context == null || !('principal' in context)) {
    throw new TypeError('context.principal: is missing; give the principal, or null for nobody');
  }
  return context.principal == null ? NO_CREDENTIAL : { kind: 'principal', principal: context.principal };
}

/** The same, where an unusable credential may count as none. */
export function speakerOf(context: GuardContext, countsAsNone: boolean): JudgedCredential {
  const credential = credentialOf(context);
  return countsAsNone && credential.kind === 'unusable' ? NO_CREDENTIAL : credential;
}

// Spelled out, and what is usual first: it is asked at every protected field.
function isOurs(credential: unknown): credential is JudgedCredential {
  if (typeof credential !== 'object' || credential === null || !('kind' in credential)) return false;
  const { kind } = credential as { readonly kind: unknown };
  return kind === 'principal' || kind === 'none' || kind === 'unusable';
}

/** The time that the age of a proof is judged by. */
export const clockOf = ({ credential, clock }: GuardContext): Clock =>
  isOurs(credential) && clock !== undefined ? clock : systemClock;
