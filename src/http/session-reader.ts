import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AuthError } from '../domain/errors.js';
import type { Credential } from '../domain/principal.js';
import { readCredential, sendsCookies, type CredentialOptions, type RequestCookies } from './credential.js';
import { judgeOrigin, type IsAllowedOrigin } from './csrf.js';

/** A request as Node has it, or as `fetch` does; of either, only the headers are read. */
export type AnyRequest = Pick<IncomingMessage, 'headers'> | { readonly headers: Pick<Headers, 'get'> };

/** Reads who speaks by a request that is not GraphQL. */
export interface SessionReader {
  /** What the request brought, wherever it comes from. */
  read(request: AnyRequest): Promise<Credential>;
  /**
   * As `/graphql` does: with our cookies, only from where they may be sent.
   *
   * @throws AuthError `CSRF_BLOCKED`
   */
  readJudged(request: AnyRequest): Promise<Credential>;
}

export interface SessionReaderOptions extends CredentialOptions {
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** As `/graphql` reads them. */
  readonly parseCookies: (header: string) => RequestCookies;
}

export function createSessionReader(options: SessionReaderOptions): SessionReader {
  const cookiesOf = ({ cookie = '' }: ReadHeaders): RequestCookies => options.parseCookies(cookie);

  async function read(request: AnyRequest): Promise<Credential> {
    const headers = headersOf(request);
    return (await readCredential(options, headers, cookiesOf(headers))).credential;
  }

  return {
    read,
    async readJudged(request) {
      const headers = headersOf(request);
      if (sendsCookies(options, cookiesOf(headers)) && judgeOrigin(headers, options.isAllowedOrigin) !== 'allowed') {
        throw new AuthError('CSRF_BLOCKED');
      }
      return read(request);
    },
  };
}

type ReadHeaders = Pick<IncomingHttpHeaders, 'authorization' | 'cookie' | 'origin' | 'sec-fetch-site'>;

function headersOf({ headers }: AnyRequest): ReadHeaders {
  if (typeof headers.get !== 'function') return headers as IncomingHttpHeaders;
  const fetched = headers as Pick<Headers, 'get'>;
  const names = ['authorization', 'cookie', 'origin', 'sec-fetch-site'] as const;
  const given = names.map((name) => [name, fetched.get(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== null));
}
