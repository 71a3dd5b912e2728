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
  readonly ask: Ask;
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
  const { usesCookies, ask, knowledge, refresher, exclusively, backoff, clock } = options;

  /** Takes a session that was given, unless something newer is known: then the server says who is signed in. */
  async function take(base: Known, payload: Payload | null): Promise<ClientSession> {
    const known = knownBy(payload, clock());
    const { sessionId } = known.session;
    if (usesCookies && base.session?.sessionId !== sessionId) await assertCookiesKept(ask, sessionId);
    const isTaken = await knowledge.change(base, known);
    const session = isTaken || !usesCookies ? knowledge.current().session : await refresher.exchange();
    if (session?.sessionId !== sessionId) throw sessionChanged();
    return session;
  }

  async function enter(operation: 'signIn' | 'signUp', input: SignInInput): Promise<ClientSession | null> {
    return exclusively(async (base) => {
      const deviceToken = operation === 'signIn' ? (base.deviceToken ?? undefined) : undefined;
      try {
        const payload = await ask<Payload | null>(operation, { ...input, deviceToken });
        // The address is to be confirmed first.
        if (payload === null && operation === 'signUp') return null;
        backoff.reset();
        return await take(base, payload);
      } catch (error) {
        return recover(base, error as AuthClientError, input.email);
      }
    });
  }

  /** The cookies of an answer that got lost may have come all the same: then the server knows a new session. */
  async function recover(base: Known, error: AuthClientError, email: string): Promise<ClientSession> {
    if (error.code !== 'NETWORK_ERROR' || !usesCookies) throw error;
    const session = await refresher.exchange().catch(() => null);
    if (session === null || session.sessionId === base.session?.sessionId) throw error;
    // Or of somebody who signed in past this client.
    const { user } = await ask<AskedSession>('session');
    if (user.email.toLowerCase() !== email.toLowerCase()) throw sessionChanged();
    return session;
  }

  return {
    signUp: async (input) => enter('signUp', input),

    signIn: async (input) => enter('signIn', input) as Promise<ClientSession>,

    async signOut() {
      if (knowledge.current().version === 0) await knowledge.look();
      // Who is known here and now, whatever the record says of a newer sign-in.
      const meant = knowledge.current().session?.sessionId;
      await exclusively(async (base) => {
        const { session, refreshToken } = base;
        if (session?.sessionId !== meant) return;
        const nobody = ended(session && signedOutBy('user'));
        if (usesCookies) await ask('signOut');
        await knowledge.change(base, nobody);
        if (refreshToken !== null) await ask('signOut', { refreshToken });
      });
    },

    reauthenticate: (password) =>
      exclusively(async function prove(base, isRefreshed = false): Promise<ClientSession> {
        const { session, accessToken } = base;
        if (session === null) throw new AuthClientError('UNAUTHENTICATED', 'Sign in first.');
        let payload: Payload;
        try {
          payload = await ask('reauthenticate', { password }, accessToken);
        } catch (error) {
          const isCurable = !isRefreshed && REFUSALS.includes((error as AuthClientError).code);
          if (!isCurable || (await refresher.exchange())?.userId !== session.userId) throw error;
          return prove(knowledge.current(), true);
        }
        return take(base, payload);
      }),
  };
}

/** Of an access token, or of its user: a refresh cures it, or says why not. */
const REFUSALS = [...CODES, 'USER_BANNED'];

interface AskedSession {
  readonly id: string;
  readonly user: { readonly email: string };
}

/** Asks for the session that was just given: a browser that blocks cookies says nothing. */
async function assertCookiesKept(ask: Ask, sessionId: string): Promise<void> {
  try {
    if ((await ask<AskedSession>('session')).id === sessionId) return;
  } catch (error) {
    // Any other failure says nothing of cookies: such as a ban that came in at this very instant.
    if ((error as AuthClientError).code !== 'UNAUTHENTICATED') return;
  }
  throw new AuthClientError('COOKIES_BLOCKED', 'The browser keeps no cookies.');
}
