import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import { AuthClientError, noAnswer, sessionChanged } from './errors.js';
import type { Exclusively } from './exclusive.js';
import type { Knowledge } from './knowledge.js';
import { ended, type Known } from './record.js';
import type { Refresher } from './refresher.js';
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
  async function take(base: Known, payload: Payload): Promise<ClientSession> {
    const known = knownBy(payload, clock());
    if (usesCookies && base.session?.sessionId !== payload.session.id) await assertCookiesKept(ask, payload.session.id);
    const isTaken = await knowledge.change(base, known);
    const session = isTaken || !usesCookies ? knowledge.current().session : await refresher.exchange();
    if (session?.sessionId !== payload.session.id) throw sessionChanged();
    return session;
  }

  async function enter(operation: 'signIn' | 'signUp', input: SignInInput): Promise<ClientSession | null> {
    return exclusively(async (base) => {
      const { deviceToken } = base;
      try {
        const payload = await ask<Payload | null>(operation, {
          ...input,
          ...(operation === 'signIn' && deviceToken !== null && { deviceToken }),
        });
        if (payload === null) return null;
        backoff.reset();
        return await take(base, payload);
      } catch (error) {
        return recover(base, error as AuthClientError);
      }
    });
  }

  /** The cookies of an answer that got lost may have come all the same: then the server knows a new session. */
  async function recover(base: Known, error: AuthClientError): Promise<ClientSession> {
    if (error.code !== 'NETWORK_ERROR' || !usesCookies) throw error;
    const session = await refresher.exchange().catch(() => null);
    if (session === null || session.sessionId === base.session?.sessionId) throw error;
    return session;
  }

  return {
    signUp: async (input) => enter('signUp', input),

    async signIn(input) {
      const session = await enter('signIn', input);
      if (session === null) throw noAnswer();
      return session;
    },

    async signOut() {
      await knowledge.look();
      const meant = knowledge.current().session?.sessionId;
      await exclusively(async (base) => {
        const { session, refreshToken } = base;
        if (session?.sessionId !== meant) return;
        const nobody = ended(session && { reason: 'user', publicReason: null, until: null });
        if (usesCookies) await ask('signOut');
        await knowledge.change(base, nobody);
        if (refreshToken !== null) await ask('signOut', { refreshToken });
      });
    },

    reauthenticate: (password) =>
      exclusively(async (known) => {
        let base = known;
        const call = () => {
          base = knowledge.current();
          const { session, accessToken } = base;
          if (session === null) throw new AuthClientError('UNAUTHENTICATED', 'Sign in first.');
          return ask<Payload>('reauthenticate', { password }, accessToken);
        };
        const { session } = knowledge.current();
        const payload = await call().catch(async (error: unknown) => {
          if (!isRefused(error) || session === null) throw error;
          const refreshed = await refresher.exchange();
          if (refreshed?.userId !== session.userId) throw error;
          return call();
        });
        return take(base, payload);
      }),
  };
}

/** Refusals of an access token, or of its user: a refresh cures it, or says why not. */
const REFUSED = ['TOKEN_EXPIRED', 'SESSION_EXPIRED', 'UNAUTHENTICATED', 'USER_BANNED'];

const isRefused = (error: unknown): boolean => error instanceof AuthClientError && REFUSED.includes(error.code);

/** Asks for the session that was just given: a browser that blocks cookies says nothing. */
async function assertCookiesKept(ask: Ask, sessionId: string): Promise<void> {
  try {
    if ((await ask<{ readonly id: string }>('session')).id === sessionId) return;
  } catch (error) {
    // Any other failure says nothing of cookies.
    if (!isRefused(error)) return;
  }
  throw new AuthClientError('COOKIES_BLOCKED', 'The browser keeps no cookies of this server.');
}
