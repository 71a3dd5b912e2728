import type { Clock } from '../../domain/clock.js';
import type { Credential, Principal } from '../../domain/principal.js';
import { NO_CREDENTIAL } from './judge.js';

/**
 * What the guards need to find in the context of an operation: a credential, or at least the principal. Both are read
 * at every field: a resolver that signs somebody in replaces them.
 */
export interface GuardContext {
  /** Goes before `principal`, which cannot tell an anonymous request from one with a credential that is not usable. */
  readonly credential?: Credential;
  /** `null` or `undefined` for nobody. */
  readonly principal?: Principal | null | undefined;
  /** The system's where it is left out. */
  readonly clock?: Clock;
}

/**
 * Who speaks. Throws a `TypeError` where the context does not say, so that nothing protected runs; an application that
 * forgets the principal is not to be told that nobody is signed in.
 */
export function credentialOf(context: GuardContext | null | undefined): Credential {
  if (context?.credential != null) return context.credential;
  if (context == null || !('principal' in context)) {
    throw new TypeError('context.principal: is missing; give the principal, or null for nobody');
  }
  return context.principal == null ? NO_CREDENTIAL : { kind: 'principal', principal: context.principal };
}
