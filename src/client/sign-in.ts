import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import { AuthClientError } from './errors.js';
import type { Exclusively } from './exclusive.js';
import type { Knowledge } from './knowledge.js';
import { ended, type Known } from './record.js';
import type { Refresher } from './refresher.js';
import { knownBy, type Ask, type Payload } from './requests.js';
import type { AuthClient, ClientSession, ClientTransport, SignInInput } from './types.js';

export interface SignInOptions {
  readonly transport: ClientTransport;
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
  const { transport, ask, knowledge, refresher, exclusively, backoff, clock } = options;

  /** Takes a session that was given, unless something newer is known: then the server says who is signed in. */
  async function take(base: Known, payload: Payload): Promise<ClientSession> {
    const isTaken = await knowledge.change(base, knownBy(payload, clock()));
    const session = isTaken || transport === 'header' ? knowledge.current().session : await refresher.exchange();
    if (session?.sessionId !== payload.session.id) {
      throw new AuthClientError('SESSION_CHANGED', 'Somebody else signed in, or the user signed out, in the meantime.');
    }
    return session;
  }

  async function enter(operation: 'signIn' | 'signUp', input: SignInInput): Promise<ClientSession | null> {
    return exclusively(async (base) => {
      const { deviceToken } = base;
      const variables = { input: { ...input, ...(operation === 'signIn' && deviceToken !== null && { deviceToken }) } };
      try {
        const payload = await ask<Payload | null>(operation, { variables });
        if (payload === null) return null;
        if (transport === 'cookie') await assertCookiesKept(ask, payload.session.id);
        backoff.reset();
        return await take(base, payload);
      } catch (error) {
        return recover(base, error as AuthClientError);
      }
    });
  }

  /** The cookies of an answer that got lost may have come all the same: then the server knows a new session. */
  async function recover(base: Known, error: AuthClientError): Promise<ClientSession> {
    if (error.code !== 'NETWORK_ERROR' || transport === 'header') throw error;
    const session = await refresher.exchange().catch(() => null);
    if (session === null || session.sessionId === base.session?.sessionId) throw error;
    return session;
  }

  return {
    signUp: async (input) => enter('signUp', input),

    async signIn(input) {
      const session = await enter('signIn', input);
      if (session === null) throw new AuthClientError('NETWORK_ERROR', 'The answer is not one of this server.');
      return session;
    },

    async signOut() {
      await knowledge.look();
      const meant = knowledge.current().session?.sessionId;
      await exclusively(async (base) => {
        const { session, refreshToken } = base;
        if (session?.sessionId !== meant) return;
        const nobody = ended(session && { reason: 'user', publicReason: null, until: null });
        if (transport === 'cookie') await ask('signOut', { isRepeatable: true });
        await knowledge.change(base, nobody);
        if (refreshToken !== null) await ask('signOut', { variables: { input: { refreshToken } }, isRepeatable: true });
      });
    },

    reauthenticate: (password) =>
      exclusively(async () => {
        const call = () => {
          const { session, accessToken } = knowledge.current();
          if (session === null) throw new AuthClientError('UNAUTHENTICATED', 'Sign in first.');
          return ask<Payload>('reauthenticate', {
            variables: { input: { password } },
            accessToken,
            isRepeatable: true,
          });
        };
        const { session } = knowledge.current();
        const payload = await call().catch(async (error: unknown) => {
          if (!isRefused(error) || session === null) throw error;
          const refreshed = await refresher.exchange(true);
          if (refreshed?.userId !== session.userId) throw error;
          return call();
        });
        return take(knowledge.current(), payload);
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
  throw new AuthClientError('COOKIES_BLOCKED', 'The browser does not keep the cookies that the sign-in set.');
}
