import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import type { AuthClientError } from './errors.js';
import type { Exclusively } from './exclusive.js';
import type { Knowledge } from './knowledge.js';
import { ended, signedOutBy, type Known } from './record.js';
import { knownBy, type Ask, type Payload } from './requests.js';
import type { ClientSession, SignedOutReason } from './types.js';

export interface RefresherOptions {
  readonly usesCookies: boolean;
  readonly knowledge: Knowledge;
  readonly exclusively: Exclusively;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

export interface Refresher {
  /** Resolves to the session that is newer than this version: refreshed here, or in another tab. `null`: nobody is signed in. */
  refresh(newerThan: number): Promise<ClientSession | null>;
  /** The refresh itself, for who holds the lock. */
  exchange(ask: Ask): Promise<ClientSession | null>;
  /** How many refreshes were sent so far. */
  sent(): number;
}

/** The answers to a refresh that end the session; any other failure keeps it. */
const ENDS: Readonly<Record<string, SignedOutReason>> = {
  SESSION_EXPIRED: 'expired',
  USER_BANNED: 'banned',
  TOKEN_THEFT_DETECTED: 'theft',
  // No token is left.
  UNAUTHENTICATED: 'expired',
};

export function createRefresher({ usesCookies, knowledge, exclusively, backoff, clock }: RefresherOptions): Refresher {
  let pending: Promise<ClientSession | null> | undefined;
  let wanted = 0;
  let sent = 0;

  async function exchange(ask: Ask, isRepeated = false): Promise<ClientSession | null> {
    const base = knowledge.current();
    const { refreshToken } = base;
    if (!usesCookies && refreshToken === null) return null;
    const error = backoff.error();
    if (error) throw error;
    sent += 1;
    let known: Partial<Known>;
    try {
      known = knownBy(await ask<Payload>('refreshSession', usesCookies ? null : { refreshToken }), clock());
    } catch (error) {
      return end(base, error as AuthClientError, ask);
    }
    backoff.reset();
    const isTaken = await knowledge.change(base, known);
    // The cookies may be of this answer, or of the one that came before it: the server knows. It is asked by who has the
    // lock still; without, what is known is good.
    if (!isTaken && usesCookies && !isRepeated) await exchange(ask, true).catch(backoff.reset);
    return knowledge.current().session;
  }

  async function end(base: Known, error: AuthClientError, ask: Ask): Promise<ClientSession | null> {
    const reason = ENDS[error.code];
    if (reason === undefined) {
      backoff.failed(error);
      throw error;
    }
    const { version } = await knowledge.look();
    const isFirstVisit = base.version === 0 && error.code === 'UNAUTHENTICATED';
    if (usesCookies && !isFirstVisit && version === base.version) {
      // Nothing else clears cookies. Where it fails, the next request that they spoil tries again.
      await ask('signOut').catch(() => undefined);
    }
    const isNews = base.session !== null || reason !== 'expired';
    await knowledge.change(base, ended(isNews ? signedOutBy(reason, error.extensions) : base.signedOut));
    return knowledge.current().session;
  }

  return {
    exchange,
    sent: () => sent,
    async refresh(newerThan) {
      const { version, session } = knowledge.current();
      if (version > newerThan) return session;
      wanted = Math.max(wanted, newerThan);
      pending ??= exclusively(async (known, ask) => (known.version > wanted ? known.session : exchange(ask))).finally(
        () => {
          pending = undefined;
          wanted = 0;
        },
      );
      return pending;
    },
  };
}
