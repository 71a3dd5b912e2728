import { pause, type Moment } from './clock.js';
import { DOCUMENTS } from './documents.js';
import { AuthClientError } from './errors.js';
import type { Known } from './record.js';
import type { ClientSession, ClientTransport } from './types.js';

/** Longest wait for an answer: what holds the lock keeps every tab waiting. */
const TIMEOUT_MS = 20_000;
const REPEAT_AFTER_MS = 300;

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

export interface Call {
  readonly variables?: object;
  readonly accessToken?: string | null;
  /** Whether it may be sent once more where the answer got lost. */
  readonly isRepeatable?: boolean;
}

/** Sends an operation of ours and resolves to its field. Rejects with the server's refusal, or `NETWORK_ERROR`. */
export type Ask = <Field>(operation: keyof typeof DOCUMENTS, call?: Call) => Promise<Field>;

export interface AskOptions {
  readonly url: () => string;
  readonly transport: ClientTransport;
  readonly fetch: typeof globalThis.fetch;
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export function createAsk({ url, transport, fetch }: AskOptions): Ask {
  async function send(operation: keyof typeof DOCUMENTS, call: Call, isRepeated = false): Promise<Answer> {
    const { variables, accessToken, isRepeatable } = call;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(url(), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          'x-session-transport': transport,
          ...(accessToken != null && { authorization: `Bearer ${accessToken}` }),
        },
        ...(transport === 'cookie' && { credentials: 'include' }),
        body: JSON.stringify({ query: DOCUMENTS[operation], variables }),
        signal: stop.signal,
      });
      return (await response.json()) as Answer;
    } catch (cause) {
      // What took so long once is not waited for twice.
      if (isRepeatable && !isRepeated && !stop.signal.aborted) {
        await pause(REPEAT_AFTER_MS);
        return await send(operation, call, true);
      }
      throw new AuthClientError('NETWORK_ERROR', 'The server did not answer.', {}, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  return async <Field>(operation: keyof typeof DOCUMENTS, call: Call = {}) => {
    const { data, errors } = await send(operation, call);
    const refusal = errors?.[0];
    // A pair that came counts, whatever else of the answer failed.
    if (data?.[operation] == null && refusal !== undefined) {
      const { message, extensions = {} } = refusal;
      throw new AuthClientError(String(extensions['code']), message, extensions);
    }
    if (data == null) throw new AuthClientError('NETWORK_ERROR', 'The answer is not one of this server.');
    return data[operation] as Field;
  };
}

/** What is known by a payload that came at this moment. */
export const knownBy = (payload: Payload, receivedAt: Moment): Partial<Known> => ({
  session: {
    userId: payload.user.id,
    sessionId: payload.session.id,
    roles: payload.user.roles ?? [],
    permissions: payload.user.permissions ?? [],
    expiresAt: new Date(payload.session.expiresAt),
  },
  signedOut: null,
  lifetimeMs: payload.expiresInSeconds * 1000,
  receivedAt,
  accessToken: payload.accessToken,
  refreshToken: payload.refreshToken,
  ...(payload.deviceToken != null && { deviceToken: payload.deviceToken }),
});
