import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { errorBody } from './error-body.js';
import { createRunningResponses } from './running-responses.js';
import type { HttpServer } from './server.js';
import { rememberServer, type SessionServer } from './session-servers.js';

/** Takes requests that another server accepted: a node:http listener, and middleware where there is a `next`. */
export type Listener = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;

/** Requests on their way through another server. */
export interface Handling {
  /** Serves our paths; hands anything else to `next`, or answers 404 where there is none. */
  readonly listener: Listener;
  /** Refuses what comes from now on, and waits for what runs: at most so long, then it is cut. */
  drain(mostMs: number): Promise<void>;
}

/** Express's own idea of where a request went, before the path that a router is mounted at was cut off. */
type Mounted = IncomingMessage & { readonly originalUrl?: string };

export function createHandling(
  { serve: answer, paths }: Pick<HttpServer, 'serve' | 'paths'>,
  sessions: SessionServer,
): Handling {
  const isOurs = createPathTest(paths);
  const running = createRunningResponses();
  let isClosed = false;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    if (isClosed) {
      refuseClosed(response);
      return;
    }
    running.add(response);
    answer(request, response);
  }

  return {
    listener(request: Mounted, response, next) {
      rememberServer(request, sessions);
      // Mounted at our very path, `url` is what is left of it.
      const url = [request.url, request.originalUrl].find((each) => each !== undefined && isOurs(each));
      if (url === undefined && next !== undefined) {
        next();
        return;
      }
      if (url !== undefined) request.url = url;
      serve(request, response);
    },

    async drain(mostMs) {
      isClosed = true;
      const waiting = new AbortController();
      const { signal } = waiting;
      const ended = Promise.allSettled([...running].map((response) => once(response, 'close', { signal })));
      await Promise.race([ended, setTimeout(mostMs, undefined, { signal })]);
      waiting.abort();
      for (const response of running) response.destroy();
    },
  };
}

/** Whether a URL leads to one of these paths, which may end in `/*`. */
function createPathTest(paths: readonly string[]): (url: string) => boolean {
  const exact = new Set(paths.filter((path) => !path.endsWith('/*')));
  const folders = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  return (url) => {
    const [path = ''] = url.split(/[?#]/, 1);
    return exact.has(path) || folders.some((folder) => path.startsWith(folder));
  };
}

function refuseClosed(response: ServerResponse): void {
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'retry-after': '1',
    connection: 'close',
  });
  response.end(JSON.stringify(errorBody('SERVICE_UNAVAILABLE', 'The server is stopping.')));
}
