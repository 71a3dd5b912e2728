import type { Clock } from './clock.js';
import { AuthClientError, sessionChanged } from './errors.js';
import { createIncurable } from './incurable.js';
import type { Knowledge } from './knowledge.js';
import type { Known } from './record.js';
import type { Refresher } from './refresher.js';
import { readRefusal } from './refusal.js';
import type { ClientSession } from './types.js';

export interface AuthenticatedFetchOptions {
  readonly usesCookies: boolean;
  /** Of `/graphql`. */
  readonly endpoint: () => URL;
  readonly baseUrl: () => string | undefined;
  /** Of the page: it is sent cookies without being told so, and no redirect from it takes them along. */
  readonly origin: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly knowledge: Knowledge;
  readonly refresher: Refresher;
  readonly clock: Clock;
  /** Whether the access token is good, as far as is known. */
  readonly isFresh: (known: Known) => boolean;
}

/** A mutation may have been done in part. A query that only speaks of one counts as one, and is not asked again. */
const MAY_CHANGE = /mutation|subscription/;
/** How often what somebody else refreshed may turn out to be too old already; one's own refresh counts for all. */
const MOST_RETRIES = 2;

/** A `fetch` that authenticates, refreshes, and sends once more what was refused. */
export function createAuthenticatedFetch(options: AuthenticatedFetchOptions): typeof globalThis.fetch {
  const { usesCookies, fetch, knowledge, refresher, isFresh } = options;
  const incurable = createIncurable(options.clock);

  const user = (): string | undefined => knowledge.current().session?.userId;

  /** What was meant for one user is neither sent for another, nor answered to them. */
  function assertStill(meant: string | undefined, mayBeNobody: boolean): void {
    const now = user() ?? (mayBeNobody ? meant : null);
    if (meant !== undefined && now !== meant) throw sessionChanged();
  }

  async function send(request: Outgoing): Promise<Response> {
    const sentBefore = refresher.sent();
    let retries = MOST_RETRIES;
    const refresh = async ({ version }: Known): Promise<ClientSession | null> => {
      const session = await untilAborted(refresher.refresh(version), request.signal);
      retries = refresher.sent() > sentBefore ? 0 : retries - 1;
      return session;
    };
    const meant = user();
    const known = await knowledge.look();
    // Whatever it failed by, the request itself will say.
    if (known.session !== null && !isFresh(known)) await refresh(known).catch(() => undefined);
    assertStill(meant, true);
    for (;;) {
      const sent = knowledge.current();
      const response = await fetch(...request.attempt(sent.accessToken));
      const refusal = await readRefusal(response, request.isGraphQL);
      await knowledge.look();
      const sentBy = sent.session?.userId;
      assertStill(sentBy, refusal !== null);
      const isUnauthenticated = refusal?.code === 'UNAUTHENTICATED';
      if (refusal === null || (isUnauthenticated && sent.session === null)) return response;
      if (retries === 0 || (isUnauthenticated && incurable.has(sent.session))) {
        // Remembered for no longer by being refused again.
        if (isUnauthenticated && retries === 0) incurable.add(sent.session);
        if (refusal.hasData) return response;
        throw new AuthClientError('TOKEN_REFUSED', `${refusal.code} to a fresh token.`);
      }

      const session = await refresh(sent);
      assertStill(sentBy, true);
      if (session === null && (sentBy !== undefined || !usesCookies)) return response;
      if (!request.isRepeatable || (refusal.hasData && !request.isQuery)) return response;
    }
  }

  return async (input, init) => {
    const request = readRequest(input, init, options);
    return request === null ? fetch(input, init) : send(request);
  };
}

interface Outgoing {
  readonly isGraphQL: boolean;
  readonly isQuery: boolean;
  /** A stream is gone once it was sent. */
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal | null;
  attempt(accessToken: string | null): Parameters<typeof globalThis.fetch>;
}

/** What is to be sent with our credentials; null where none may go: to another origin, or where the caller said so. */
function readRequest(
  input: RequestInfo | URL,
  init: RequestInit = {},
  { usesCookies, endpoint, baseUrl, origin }: AuthenticatedFetchOptions,
): Outgoing | null {
  const request = (input as Partial<Request>).url === undefined ? null : (input as Request);
  const url = new URL(request?.url ?? (input as string | URL), baseUrl());
  const headers = new Headers(init.headers ?? request?.headers);
  const credentials = init.credentials ?? request?.credentials;
  if (url.origin !== endpoint().origin) return null;
  if (usesCookies ? credentials === 'omit' : headers.has('authorization')) return null;

  const { body = null, signal = request?.signal ?? null } = init;
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  return {
    isGraphQL: url.pathname === endpoint().pathname,
    isQuery: method === 'GET' || isQuery(body),
    isRepeatable: (body as Partial<ReadableStream> | null)?.getReader === undefined,
    signal,
    attempt(accessToken) {
      if (accessToken !== null) headers.set('authorization', `Bearer ${accessToken}`);
      const own = usesCookies ? url.origin !== origin && ({ credentials: 'include' } as const) : { headers };
      // A request can be sent once: its copy is.
      return [request ? request.clone() : input, { ...init, ...own }];
    },
  };
}

/** Whether the body holds the text of a query, and of nothing else. */
function isQuery(body: unknown): boolean {
  try {
    const { query } = JSON.parse(body as string) as { query?: unknown };
    return typeof query === 'string' && !MAY_CHANGE.test(query);
  } catch {
    return false;
  }
}

/** The caller's signal ends the wait, and not what is waited for. */
const untilAborted = <Result>(promise: Promise<Result>, signal: AbortSignal | null): Promise<Result> =>
  signal === null
    ? promise
    : new Promise((resolve, reject) => {
        const stop = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
        void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
      });
