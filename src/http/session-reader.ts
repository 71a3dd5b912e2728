import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AuthError } from '../domain/errors.js';
import type { Credential } from '../domain/principal.js';
import { readCredential, sendsCookies, type CredentialOptions, type RequestCookies } from './credential.js';
import { judgeOrigin, type IsAllowedOrigin } from './csrf.js';
import { REFRESHED_NAME } from './refresh-page-script.js';

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
  /**
   * Whether a browser that asks for a page by this should refresh first: it has a refresh token and no access token that
   * is good, has not tried just now, and is not asking for a frame, which may be kept from its cookies.
   */
  needsRefresh(request: AnyRequest): Promise<boolean>;
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
    async needsRefresh(request) {
      const headers = headersOf(request);
      const sent = cookiesOf(headers);
      const hasTried = sent[REFRESHED_NAME] !== undefined;
      if (sent[options.cookies.refreshName] === undefined || hasTried || isForFrame(headers)) return false;
      const { credential, kind } = await readCredential(options, headers, sent);
      // Also where the session is known to be over: the refresh page says why, and clears the cookies.
      const isUsable =
        credential.kind === 'principal' ||
        (credential.kind === 'unusable' && credential.code === 'SERVICE_UNAVAILABLE');
      return kind !== 'header' && !isUsable;
    },
  };
}

const READ_HEADERS = ['authorization', 'cookie', 'origin', 'sec-fetch-site', 'sec-fetch-dest'] as const;
type ReadHeaders = Pick<IncomingHttpHeaders, (typeof READ_HEADERS)[number]>;

const isForFrame = (headers: ReadHeaders): boolean =>
  ['iframe', 'frame', 'embed', 'object'].includes(headers['sec-fetch-dest'] ?? '');

function headersOf({ headers }: AnyRequest): ReadHeaders {
  if (typeof headers.get !== 'function') return headers as IncomingHttpHeaders;
  const fetched = headers as Pick<Headers, 'get'>;
  const given = READ_HEADERS.map((name) => [name, fetched.get(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== null));
}
