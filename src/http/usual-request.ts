import type { IncomingMessage } from 'node:http';
import { GRAPHQL_PATH } from './graphql-route.js';

export interface UsualRequestOptions {
  /** Longest request body. */
  readonly bodyLimitBytes: number;
  /** Whether headers of a proxy count. */
  readonly isBehindProxy: boolean;
}

const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;
const HOST = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;

/** An operation in JSON that came to a host which can be one, all of whose length is known, and of which nothing was read. */
export function isUsual(request: IncomingMessage, { bodyLimitBytes, isBehindProxy }: UsualRequestOptions): boolean {
  const { method, url, headers } = request;
  const { host = '', 'content-type': type = '', 'content-length': length } = headers;
  return (
    url === GRAPHQL_PATH &&
    method === 'POST' &&
    !request.readableDidRead &&
    !request.readableEnded &&
    // Another server may have it read as text.
    request.readableEncoding === null &&
    Number(length) > 0 &&
    Number(length) <= bodyLimitBytes &&
    headers['content-encoding'] === undefined &&
    JSON_TYPE.test(type) &&
    isHost(host) &&
    (!isBehindProxy || isForwardedUsually(headers))
  );
}

/** The last that was one: nearly every request has the same. */
let known = '';

/** Some that look like one are none: `256.1.1.1`, `xn--a`. */
function isHost(host: string): boolean {
  if (host === known) return true;
  const isOne = HOST.test(host) && URL.canParse(`http://${host}/`);
  if (isOne) known = host;
  return isOne;
}

function isForwardedUsually(headers: IncomingMessage['headers']): boolean {
  const { 'x-forwarded-host': host, 'x-forwarded-proto': protocol } = headers;
  return (
    (host === undefined || (typeof host === 'string' && isHost(host))) &&
    (protocol === undefined || protocol === 'https' || protocol === 'http')
  );
}
