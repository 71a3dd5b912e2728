import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import type { AuthClientError } from './errors.js';
import type { Exclusively } from './exclusive.js';
import type { Knowledge } from './knowledge.js';
import { ended, toDate, type Known } from './record.js';
import { knownBy, type Ask, type Payload } from './requests.js';
import type { ClientSession, ClientTransport, SignedOut, SignedOutReason } from './types.js';

export interface RefresherOptions {
  readonly transport: ClientTransport;
  readonly ask: Ask;
  readonly knowledge: Knowledge;
  readonly exclusively: Exclusively;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

export interface Refresher {
  /**
   * Resolves to the session that is newer than this version: refreshed here, or in another tab. `null`: nobody is signed
   * in. `isRefused` where a request has just been refused for the cookies that it brought.
   */
  refresh(newerThan: number, isRefused?: boolean): Promise<ClientSession | null>;
  /** The refresh itself, for who holds the lock. */
  exchange(isRefused?: boolean): Promise<ClientSession | null>;
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

export function createRefresher({
  transport,
  ask,
  knowledge,
  exclusively,
  backoff,
  clock,
}: RefresherOptions): Refresher {
  let pending: Promise<ClientSession | null> | undefined;
  let wanted = 0;
  let refused = false;
  let sent = 0;

  async function exchange(isRefused = false, isRepeated = false): Promise<ClientSession | null> {
    const base = knowledge.current();
    const { refreshToken } = base;
    if (transport === 'header' && refreshToken === null) return null;
    const error = backoff.error();
    if (error && backoff.waitMs() > 0) throw error;
    sent += 1;
    let payload: Payload;
    try {
      payload = await ask('refreshSession', {
        variables: { input: refreshToken === null ? null : { refreshToken } },
        isRepeatable: true,
      });
    } catch (error) {
      return end(base, error as AuthClientError, isRefused);
    }
    backoff.reset();
    const isTaken = await knowledge.change(base, knownBy(payload, clock()));
    // The cookies may be of this answer, or of the one that came before it: the server knows.
    if (!isTaken && transport === 'cookie' && !isRepeated) return exchange(isRefused, true);
    return knowledge.current().session;
  }

  async function end(base: Known, error: AuthClientError, isRefused: boolean): Promise<ClientSession | null> {
    const reason = ENDS[error.code];
    if (reason === undefined) {
      backoff.failed(error);
      throw error;
    }
    await knowledge.look();
    if (transport === 'cookie' && knowledge.current().version === base.version) {
      const isNothingSent = error.code === 'UNAUTHENTICATED' && base.session === null && !isRefused;
      // Nothing else clears cookies. Where it fails, the next request that they spoil tries again.
      if (!isNothingSent) await ask('signOut', { isRepeatable: true }).catch(() => undefined);
    }
    const isNews = base.session !== null || reason === 'banned' || reason === 'theft';
    await knowledge.change(base, ended(isNews ? reasonOf(reason, error) : base.signedOut));
    return knowledge.current().session;
  }

  return {
    exchange,
    sent: () => sent,
    async refresh(newerThan, isRefused = false) {
      const { version, session } = knowledge.current();
      if (version > newerThan) return session;
      wanted = Math.max(wanted, newerThan);
      refused ||= isRefused;
      pending ??= exclusively(async (known) => (known.version > wanted ? known.session : exchange(refused))).finally(
        () => {
          pending = undefined;
          wanted = 0;
          refused = false;
        },
      );
      return pending;
    },
  };
}

const reasonOf = (reason: SignedOutReason, { extensions }: AuthClientError): SignedOut => ({
  reason,
  publicReason: reason === 'banned' && typeof extensions['reason'] === 'string' ? extensions['reason'] : null,
  until: reason === 'banned' ? toDate(extensions['until']) : null,
});
