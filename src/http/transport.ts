import type { IncomingHttpHeaders } from 'node:http';
import type { SerializeOptions } from '@fastify/cookie';
import type { Authenticate } from '../domain/authentication.js';
import type { Clock } from '../domain/clock.js';
import { DEVICE_TTL_MS } from '../domain/device-token.js';
import { AuthError, badUserInput } from '../domain/errors.js';
import type { SessionId } from '../domain/ids.js';
import type { Credential } from '../domain/principal.js';
import type { TransportKind } from '../domain/session.js';
import type { Transport } from '../graphql/context.js';
import type { Cookies } from './cookies.js';
import { readCredential, type RequestCookies } from './credential.js';
import { judgeOrigin, type IsAllowedOrigin } from './csrf.js';

export interface TransportOptions {
  readonly cookies: Cookies;
  readonly authenticate: Authenticate;
  readonly isAllowedOrigin: IsAllowedOrigin;
  readonly clock: Clock;
}

/** What a request brought, and the way back. */
export interface ReadTransport {
  readonly credential: Credential;
  readonly transport: Transport;
}

/** A request, as far as it may hold tokens. */
export interface TokenRequest {
  readonly headers: IncomingHttpHeaders;
  readonly cookies: RequestCookies;
}

/** Has the answer set a cookie; of two by one name, the later. */
export type SetCookie = (name: string, value: string, options: SerializeOptions) => unknown;

/** Whether cookies of ours, the device token among them, came from a page that may not send them. */
export function sendsForeignCookies({ cookies, isAllowedOrigin }: TransportOptions, request: TokenRequest): boolean {
  const { accessName, refreshName, deviceTokenName } = cookies;
  const isSent = [accessName, refreshName, deviceTokenName].some((name) => request.cookies[name] !== undefined);
  return isSent && judgeOrigin(request.headers, isAllowedOrigin) !== 'allowed';
}

/** Finds the tokens of a request, see {@link readCredential}, and how those of the answer go back. */
export async function readTransport(
  { cookies, authenticate, isAllowedOrigin, clock }: TransportOptions,
  request: TokenRequest,
  setCookie: SetCookie,
): Promise<ReadTransport> {
  const refreshCookie = request.cookies[cookies.refreshName] ?? null;
  const { credential, kind } = await readCredential({ cookies, authenticate }, request.headers, request.cookies);
  const origin = judgeOrigin(request.headers, isAllowedOrigin);

  return {
    credential,
    transport: {
      accessTokenKind: kind,
      presentedSessionId: sessionIdOf(credential),
      refreshCookie,
      deviceCookie: request.cookies[cookies.deviceTokenName] ?? null,
      signInKind: () => chosenKind(request) ?? (isFromBrowser(request) ? 'cookie' : 'header'),
      checkMaySetCookies() {
        if (origin === 'foreign') throw new AuthError('CSRF_BLOCKED');
      },
      send(issued, by) {
        const { accessToken, refreshToken, refreshTokenExpiresAt, deviceToken } = issued;
        if (by === 'header') return { accessToken, refreshToken, deviceToken };
        const now = clock.now();
        const options = cookies.options(refreshTokenExpiresAt, now);
        setCookie(cookies.accessName, accessToken, options);
        setCookie(cookies.refreshName, refreshToken, options);
        if (deviceToken !== null) {
          const lasting = cookies.options(new Date(now.getTime() + DEVICE_TTL_MS), now);
          setCookie(cookies.deviceTokenName, deviceToken, lasting);
        }
        return { accessToken: null, refreshToken: null, deviceToken: null };
      },
      // Not the device token: who signs out still has the device.
      clear() {
        const now = clock.now();
        for (const name of [cookies.accessName, cookies.refreshName]) {
          setCookie(name, '', { ...cookies.options(now, now), expires: new Date(0) });
        }
      },
    },
  };
}

/** The session that the access token names, also where it has expired. */
function sessionIdOf(credential: Credential): SessionId | null {
  if (credential.kind === 'principal') return credential.principal.sessionId;
  return credential.kind === 'unusable' ? credential.sessionId : null;
}

const isFromBrowser = ({ headers }: TokenRequest): boolean =>
  headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;

function chosenKind({ headers }: TokenRequest): TransportKind | null {
  const chosen = headers['x-session-transport'];
  if (chosen === undefined || chosen === 'cookie' || chosen === 'header') return chosen ?? null;
  throw badUserInput('X-Session-Transport', 'The header X-Session-Transport is cookie or header.');
}
