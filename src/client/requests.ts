import { pause, type Moment } from './clock.js';
import { clientDocuments } from './documents.js';
import { AuthClientError, noAnswer } from './errors.js';
import type { IsHeld } from './lock.js';
import type { Known } from './record.js';
import type { ClientSession } from './types.js';

/** Longest wait for an answer: what holds the lock keeps every tab waiting. */
const TIMEOUT_MS = 20_000;
const REPEAT_AFTER_MS = 300;
/** Sent once more, these would start another session. */
const STARTS = /^sign[IU]/;

/** A fresh session, as the server answers it. */
export interface Payload {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly deviceToken?: string | null;
  readonly expiresInSeconds: number;
  readonly session: { readonly id: string; readonly expiresAt: string };
  readonly user: {
    readonly id: string;
    readonly roles: ClientSession['roles'] | null;
    readonly permissions: readonly string[] | null;
  };
}

type Operation = keyof typeof clientDocuments;

/**
 * Sends an operation of ours, once more where the answer got lost, and resolves to its field. Rejects with the server's
 * refusal, or `NETWORK_ERROR`.
 */
export type Ask = <Field>(operation: Operation, input?: object | null, accessToken?: string | null) => Promise<Field>;

/** An `Ask` for who holds the lock: once it is lost, nothing is sent any more, and a newer sign-in is left alone. */
export type AskWhile = (isHeld: IsHeld) => Ask;

export interface AskOptions {
  /** Of `/graphql`. */
  readonly endpoint: () => URL;
  readonly usesCookies: boolean;
  readonly fetch: typeof globalThis.fetch;
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export const createAsk =
  ({ endpoint, usesCookies, fetch }: AskOptions): AskWhile =>
  (isHeld) => {
    const ask: Ask = async <Field>(...call: Parameters<Ask>) => {
      const answer = await send(call);
      const refusal = answer?.errors?.[0];
      const field = answer?.data?.[call[0]];
      // A pair that came counts, whatever else of the answer failed.
      if (field == null && refusal) {
        const { message, extensions } = refusal;
        throw new AuthClientError(String(extensions?.['code']), message, extensions);
      }
      if (field === undefined) throw noAnswer();
      return field as Field;
    };

    async function send(call: Parameters<Ask>, isRepeated = false): Promise<Answer | null> {
      if (!isHeld()) throw noAnswer();
      const [operation, input, accessToken] = call;
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
      try {
        const response = await fetch(endpoint(), {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-session-transport': usesCookies ? 'cookie' : 'header',
            ...(accessToken && { authorization: `Bearer ${accessToken}` }),
          },
          ...(usesCookies && { credentials: 'include' }),
          body: JSON.stringify({ query: clientDocuments[operation], variables: { input } }),
          signal: stop.signal,
        });
        return (await response.json()) as Answer | null;
      } catch (cause) {
        // What took so long once is not waited for twice.
        if (!isRepeated && !STARTS.test(operation) && !stop.signal.aborted) {
          await pause(REPEAT_AFTER_MS);
          return await send(call, true);
        }
        throw noAnswer(cause);
      } finally {
        clearTimeout(timer);
      }
    }

    return ask;
  };

/** What is known by a payload that came at this moment; whatever is none is no answer. */
export function knownBy(
  payload: Payload | null,
  receivedAt: Moment,
): Partial<Known> & { readonly session: ClientSession } {
  try {
    const { user, session, expiresInSeconds, accessToken, refreshToken, deviceToken } = payload ?? ({} as Payload);
    return {
      session: {
        userId: user.id,
        sessionId: session.id,
        roles: user.roles ?? [],
        permissions: user.permissions ?? [],
        expiresAt: new Date(session.expiresAt),
      },
      signedOut: null,
      lifetimeMs: expiresInSeconds * 1000 || 0,
      ...{ receivedAt, accessToken, refreshToken },
      ...(deviceToken && { deviceToken }),
    };
  } catch (cause) {
    throw noAnswer(cause);
  }
}
