import autocannon from 'autocannon';
import type { ServerProcess } from './server-process.js';

/** What came of some seconds of requests. */
export interface HttpLoad {
  readonly requestsPerSecond: number;
  /** Of the server's process: what others do on the machine counts for less in it. */
  readonly cpuMicrosecondsPerRequest: number;
}

export interface HttpLoadOptions {
  readonly server: ServerProcess;
  readonly query: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What each answer is. */
  readonly expected: string;
  readonly seconds: number;
}

const CONNECTIONS = 32;

/** Asks the same over and over, on connections that are kept, each as soon as it is answered. */
export async function loadHttp({ server, query, headers, expected, seconds }: HttpLoadOptions): Promise<HttpLoad> {
  const before = server.cpuMs();
  const { duration, errors, mismatches, non2xx, requests } = await autocannon({
    url: `${server.origin}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
    connections: CONNECTIONS,
    duration: seconds,
    verifyBody: (answer) => String(answer) === expected,
  });
  const cpuMs = server.cpuMs() - before;
  if (errors + mismatches + non2xx > 0) {
    throw new Error(`${server.origin}: ${errors} errors, ${mismatches} other answers, ${non2xx} other statuses`);
  }
  return {
    requestsPerSecond: requests.total / duration,
    cpuMicrosecondsPerRequest: (cpuMs * 1_000) / requests.total,
  };
}
