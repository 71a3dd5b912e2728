import { AuthClientError, sessionChanged } from './errors.js';
import type { Knowledge } from './knowledge.js';
import type { Known } from './record.js';
import type { Refresher } from './refresher.js';
import { readRefusal, type Refusal } from './refusal.js';

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
  /** What is known, by the record. */
  readonly look: () => Promise<Known>;
  /** Whether the access token is good, as far as is known. */
  readonly isFresh: (known: Known) => boolean;
}

/** A mutation may have been done in part. A query that only speaks of one counts as one, and is not asked again. */
const MAY_CHANGE = /mutation|subscription/;
/** How often what somebody else refreshed may turn out to be too old already; one's own refresh counts for all. */
const MOST_RETRIES = 2;

/** A `fetch` that authenticates, refreshes, and sends once more what was refused. */
export function createAuthenticatedFetch(options: AuthenticatedFetchOptions): typeof globalThis.fetch {
  const { usesCookies, fetch, knowledge, refresher, look, isFresh } = options;
  // A `UNAUTHENTICATED` that the refresh to this version did not cure: it is the application's own.
  let incurable = -1;

  async function send(request: Outgoing): Promise<Response> {
    const meant = userOf(knowledge.current());
    const known = await look();
    if (known.session !== null && !isFresh(known)) {
      // Whatever it failed by, the request itself will say.
      await untilAborted(refresher.refresh(known.version), request.signal).catch(() => undefined);
    }
    if (meant !== null) assertStill(meant, knowledge.current(), true);
    for (let retries = MOST_RETRIES; ;) {
      const sent = knowledge.current();
      const sentBefore = refresher.sent();
      const response = await fetch(...request.attempt(sent.accessToken));
      const refusal = await readRefusal(response, request.isGraphQL);
      await knowledge.look();
      const user = userOf(sent);
      if (user !== null) assertStill(user, knowledge.current(), refusal !== null);
      if (refusal === null || !isCurable(refusal, sent)) return response;
      if (retries === 0) return giveUp(response, refusal, sent);

      const session = await untilAborted(refresher.refresh(sent.version), request.signal);
      if (user !== null) assertStill(user, knowledge.current(), true);
      if (session === null && (user !== null || !usesCookies)) return response;
      if (!request.isRepeatable || (refusal.hasData && !request.isQuery)) return response;
      retries = refresher.sent() > sentBefore ? 0 : retries - 1;
    }
  }

  const isCurable = ({ code }: Refusal, { session, version }: Known): boolean =>
    code !== 'UNAUTHENTICATED' || (session !== null && version !== incurable);

  function giveUp(response: Response, { code, hasData }: Refusal, { version }: Known): Response {
    if (code === 'UNAUTHENTICATED') incurable = version;
    if (hasData) return response;
    throw new AuthClientError('TOKEN_REFUSED', `${code}, with a fresh access token.`);
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
  const request = typeof input === 'object' && 'url' in input ? input : null;
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
    isRepeatable: !(body !== null && typeof body === 'object' && 'getReader' in body),
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

const userOf = ({ session }: Known): string | null => session?.userId ?? null;

/** What was meant for one user is neither sent for another, nor answered to them. */
function assertStill(user: string, known: Known, mayBeNobody: boolean): void {
  const now = userOf(known);
  if (now === user || (now === null && mayBeNobody)) return;
  throw sessionChanged();
}

/** The caller's signal ends the wait, and not what is waited for. */
async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal | null): Promise<Result> {
  if (signal === null) return promise;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
