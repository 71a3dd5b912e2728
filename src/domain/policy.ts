import type { SessionLifetimes } from './session-store.js';
import type { Role } from './user.js';

/** What the operator decided, in the domain's units. */
export interface Policy extends SessionLifetimes {
  /** At most so many sessions of one user; the one longest unused goes. */
  readonly maxSessionsPerUser: number;
  /** Whether anyone may sign up, or only who has a set-up code. */
  readonly signUp: 'open' | 'closed';
  /** Every role that this server knows. */
  readonly roles: readonly Role[];
}
