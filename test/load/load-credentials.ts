import type { Answer } from '../support/client.js';
import type { KnownUser } from './load-record.js';
import { PUBLIC_ORIGIN } from './load-servers.js';

export interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** How a request says who it is from, and what it asks for. */
export interface Credentials {
  readonly token?: string;
  readonly variables: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

const COOKIES = { accessToken: 'latchkey-access', refreshToken: 'latchkey-refresh' } as const;

/** What a user's kind of client sends along with these tokens and this input. */
export function credentialsOf(
  { transport, address }: Pick<KnownUser, 'transport' | 'address'>,
  { accessToken, refreshToken }: Partial<Pair>,
  input?: Record<string, unknown>,
): Credentials {
  const from = { 'x-forwarded-for': address };
  if (transport === 'header') {
    const given = refreshToken === undefined ? input : { ...input, refreshToken };
    return { ...(accessToken !== undefined && { token: accessToken }), variables: { input: given }, headers: from };
  }
  const cookies = Object.entries({ [COOKIES.accessToken]: accessToken, [COOKIES.refreshToken]: refreshToken })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  const headers = { ...from, origin: PUBLIC_ORIGIN, 'sec-fetch-site': 'same-origin' };
  return { variables: { input }, headers: cookies.length === 0 ? headers : { ...headers, cookie: cookies.join('; ') } };
}

/** The tokens of an answer: its cookies, or in the payload of this field. */
export function pairOf(answer: Answer, field: string): Pair {
  const take = (name: keyof Pair): string => cookieOf(answer, COOKIES[name]) ?? answer.text(`${field}.${name}`);
  return { accessToken: take('accessToken'), refreshToken: take('refreshToken') };
}

const cookieOf = (answer: Answer, name: string): string | undefined =>
  answer.headers
    .getSetCookie()
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .split(';', 1)[0];
