import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import { AuthClientError, sessionChanged } from './errors.js';
import type { Exclusively } from './exclusive.js';
import type { Knowledge } from './knowledge.js';
import { ended, signedOutBy, type Known } from './record.js';
import type { Refresher } from './refresher.js';
import { CODES } from './refusal.js';
import { knownBy, type Ask, type Payload } from './requests.js';
import type { AuthClient, ClientSession, SignInInput } from './types.js';

export interface SignInOptions {
  readonly usesCookies: boolean;
  readonly knowledge: Knowledge;
  readonly refresher: Refresher;
  readonly exclusively: Exclusively;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

/** What starts, ends and proves a session: one at a time over all tabs, so that none undoes a newer one. */
export function createSignIn(
  options: SignInOptions,
): Pick<AuthClient, 'signUp' | 'signIn' | 'signOut' | 'reauthenticate'> {
  const { usesCookies, knowledge, refresher, exclusively, backoff, clock } = options;

  /** Takes a session that was given, unless something newer is known: then the server says who is signed in. */
  async function take(base: Known, payload: Payload | null, ask: Ask): Promise<ClientSession> {
    const known = knownBy(payload, clock());
    const { sessionId } = known.session;
    if (usesCookies && base.session?.sessionId !== sessionId) await assertCookiesKept(ask, sessionId);
    const isTaken = await knowledge.change(base, known);
    const session = isTaken || !usesCookies ? knowledge.current().session : await refresher.exchange(ask);
    if (session?.sessionId !== sessionId) throw sessionChanged();
    return session;
  }

  const enter =
    (operation: 'signIn' | 'signUp') =>
    (input: SignInInput): Promise<ClientSession | null> =>
      exclusively(async (base, ask) => {
        const { deviceToken } = base;
        try {
          const payload = await ask<Payload | null>(
            operation,
            operation === 'signIn' ? { ...input, deviceToken } : input,
          );
          // The address is to be confirmed first.
          if (payload === null && operation === 'signUp') return null;
          backoff.reset();
          return await take(base, payload, ask);
        } catch (error) {
          return recover(base, error as AuthClientError, input.email, ask);
        }
      });

  /** The cookies of an answer that got lost may have come all the same: then the server knows a new session. */
  async function recover(base: Known, error: AuthClientError, email: string, ask: Ask): Promise<ClientSession> {
    if (error.code !== 'NETWORK_ERROR' || !usesCookies) throw error;
    backoff.reset();
    const session = await refresher.exchange(ask).catch(() => null);
    if (session === null || session.sessionId === base.session?.sessionId) throw error;
    // Or of somebody who signed in past this client.
    const known = await ask<AskedSession>('session').catch(() => null);
    if (!known?.user.email) throw error;
    if (fold(known.user.email) !== fold(email)) throw sessionChanged();
    return session;
  }

  return {
    signUp: enter('signUp'),

    signIn: enter('signIn') as AuthClient['signIn'],

    async signOut() {
      const meant = knowledge.current();
      await exclusively(async (base, ask) => {
        const { session } = base;
        const isMeant = !isOther(meant, base, 'sessionId');
        const { refreshToken } = isMeant ? base : meant;
        // By cookies, it would end the session of now.
        if (!isMeant && session !== null && refreshToken === null) throw sessionChanged();
        if (isMeant) {
          if (usesCookies) await ask('signOut');
          await knowledge.change(base, ended(session && signedOutBy('user')));
        }
        if (refreshToken !== null) await ask('signOut', { refreshToken });
      });
    },

    async reauthenticate(password) {
      let meant = knowledge.current();
      return exclusively(async function prove(base, ask, isRefreshed = false): Promise<ClientSession> {
        const { session, accessToken } = base;
        if (session === null) throw new AuthClientError('UNAUTHENTICATED', 'Sign in first.');
        if (isOther(meant, base, 'userId')) throw sessionChanged();
        meant = base;
        let payload: Payload;
        try {
          payload = await ask('reauthenticate', { password }, accessToken);
        } catch (error) {
          const isCurable = !isRefreshed && REFUSALS.includes((error as AuthClientError).code);
          if (!isCurable || (await refresher.exchange(ask)) === null) throw error;
          return prove(knowledge.current(), ask, true);
        }
        return take(base, payload, ask);
      });
    },
  };
}

/** Whether what was meant for who was known then would come to somebody else. Where nothing was known, nobody was meant. */
const isOther = (then: Known, now: Known, id: 'userId' | 'sessionId'): boolean =>
  then.version > 0 && now.session?.[id] !== then.session?.[id];

const fold = (email: string): string => email.normalize('NFC').toLowerCase();

/** Of an access token, or of its user: a refresh cures it, or says why not. */
const REFUSALS = [...CODES, 'USER_BANNED'];

interface AskedSession {
  readonly id: string;
  readonly user: { readonly email: string | null };
}

/** Asks for the session that was just given: a browser that blocks cookies says nothing. */
async function assertCookiesKept(ask: Ask, sessionId: string): Promise<void> {
  const known = await ask<Pick<AskedSession, 'id'>>('session').catch((error: unknown) =>
    // Any other failure says nothing of cookies: such as a ban that came in at this very instant.
    (error as AuthClientError).code === 'UNAUTHENTICATED' ? null : { id: sessionId },
  );
  if (known?.id !== sessionId) throw new AuthClientError('COOKIES_BLOCKED', 'The browser keeps no cookies.');
}
