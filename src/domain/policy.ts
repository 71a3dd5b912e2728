import type { SessionLifetimes } from './session-store.js';
import type { Role } from './user.js';

/** What the operator decided, in the domain's units. */
export interface Policy extends SessionLifetimes {
  /** At most so many sessions of one user; the one longest unused goes. */
  readonly maxSessionsPerUser: number;
  /** Whether anyone may sign up, or only who has a set-up code. */
  readonly signUp: 'open' | 'closed';
  /** Whether nobody signs in before they have shown that mail to their address arrives. */
  readonly emailVerification: 'off' | 'required';
  /** Every role that this server knows. */
  readonly roles: readonly Role[];
}
