import { getDomain, getPublicSuffix } from 'tldts';
import type { Config } from '../config.js';
import { findingIf, orWell, type Finding } from './finding.js';
import { isWideNetwork } from './networks.js';
import { isGuessable } from './secret-strength.js';

/** Suffixes under which strangers have sites of their own count, as they do for browsers. */
const SUFFIXES = { allowPrivateDomains: true } as const;

const LOCAL = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

const isLocal = (url: URL | null): boolean => url === null || LOCAL.test(url.hostname);

/** Judges what is right by itself, and yet not what an operator means. What is wrong stops every command before. */
export const judgeConfiguration = (config: Config): Finding[] => [
  ...judgePublicUrl(config),
  ...judgeSecrets(config.secrets),
  ...judgeCookies(config),
  ...judgeProxies(config),
  ...judgeMail(config),
];

function judgePublicUrl({ publicUrl, host, storeUrl, introspection }: Config): Finding[] {
  const isMeantForOthers = !LOCAL.test(host) || !storeUrl.startsWith('file:');
  const findings = [
    ...findingIf(publicUrl === null && isMeantForOthers, {
      ...{ level: 'warning', area: 'configuration', code: 'PUBLIC_URL_MISSING' },
      message:
        'PUBLIC_URL is not set: tokens are issued, and mails link, for http://localhost, whose cookies no other host gets',
      cure: 'Set PUBLIC_URL to where clients reach the server, the same on all servers, such as https://auth.example.com.',
    }),
    ...findingIf(publicUrl?.protocol === 'http:' && !isLocal(publicUrl), {
      ...{ level: 'error', area: 'configuration', code: 'PUBLIC_URL_PLAIN' },
      message: `PUBLIC_URL is ${publicUrl?.origin ?? ''}: passwords and tokens can be read on their way, and cookies are not Secure`,
      cure: 'Put a proxy with TLS before the server, and set PUBLIC_URL to its https address.',
    }),
    ...findingIf(introspection && !isLocal(publicUrl), {
      ...{ level: 'warning', area: 'configuration', code: 'INTROSPECTION_ON' },
      message: 'Introspection, Sandbox and /explorer are open to everybody',
      cure: 'Set NODE_ENV=production, or INTROSPECTION=off; INTROSPECTION=on stays right for a schema that is public.',
    }),
  ] satisfies Finding[];
  return orWell(findings, 'configuration', `right by itself and together; clients come to ${originOf(publicUrl)}`);
}

const originOf = (publicUrl: URL | null): string => publicUrl?.origin ?? 'http://localhost';

/** Whether it is a shorter text over and over. */
const isRepetition = (secret: string): boolean => `${secret}${secret}`.indexOf(secret, 1) < secret.length;

/** By words that random letters hardly ever spell: one secret in ten millions. */
const isWritten = (secret: string): boolean => /secret|change|password|example|latchkey|qwerty/i.test(secret);

const NEW_SECRET =
  'Make one with openssl rand -base64 32, and change to it step by step, as docs/signing-keys.md says.';

function judgeStrength(secret: string, name: string): Finding[] {
  if (isRepetition(secret) || isWritten(secret)) {
    return [
      {
        ...{ level: 'error', area: 'secrets', code: 'SECRET_WEAK' },
        message: `${name} is long enough, and looks made up by a person or copied from an example`,
        cure: NEW_SECRET,
      },
    ];
  }
  return findingIf(isGuessable(secret), {
    ...{ level: 'warning', area: 'secrets', code: 'SECRET_GUESSABLE' },
    message: `${name} is long enough, and yet no 32 random bytes: it repeats itself, runs in a sequence or over the keyboard, or is made of words`,
    cure: NEW_SECRET,
  });
}

/** @param secrets by the first, all is written; none: there is a file beside the database. */
export function judgeSecrets(secrets: readonly string[]): Finding[] {
  const findings = secrets.flatMap((secret, index): Finding[] => [
    ...judgeStrength(secret, `LATCHKEY_SECRET${secrets.length > 1 ? `, number ${index + 1},` : ''}`),
    ...findingIf(secrets.indexOf(secret) < index, {
      ...{ level: 'warning', area: 'secrets', code: 'SECRET_TWICE' },
      message: `LATCHKEY_SECRET, number ${index + 1}, is there twice`,
      cure: 'Name each secret once: the first writes, all read.',
    }),
  ]);
  return orWell(
    findings,
    'secrets',
    secrets.length === 0 ? 'kept beside the SQLite file' : 'long enough, and nothing shows that somebody made it up',
  );
}

function judgeCookies({ publicUrl, cookieDomain, cookieSameSite, allowedOrigins }: Config): Finding[] {
  const ours = siteOf(new URL(originOf(publicUrl)));
  const foreign = allowedOrigins.filter((origin) => /^https?:/.test(origin) && siteOf(new URL(origin)) !== ours);
  const plain = allowedOrigins.filter((origin) => origin.startsWith('http:') && !isLocal(new URL(origin)));
  const findings = [
    ...findingIf(cookieDomain !== null && getPublicSuffix(cookieDomain, SUFFIXES) === cookieDomain.toLowerCase(), {
      ...{ level: 'error', area: 'cookies', code: 'COOKIE_DOMAIN_SUFFIX' },
      message: `COOKIE_DOMAIN is ${cookieDomain ?? ''}, under which strangers have sites: browsers refuse such cookies, and nobody stays signed in`,
      cure: `Name a domain of your own below ${cookieDomain ?? ''}, or leave COOKIE_DOMAIN out.`,
    }),
    ...findingIf(cookieSameSite !== 'none' && foreign.length > 0, {
      ...{ level: 'warning', area: 'cookies', code: 'COOKIE_FOREIGN_SITE' },
      message: `browsers send no SameSite=${cookieSameSite} cookies from ${foreign.join(', ')}, which is another site than ${originOf(publicUrl)}`,
      cure: 'Serve both below one domain, with https; or set COOKIE_SAME_SITE=none with https; or let that client keep its tokens itself (header transport).',
    }),
    ...findingIf(plain.length > 0 && publicUrl?.protocol === 'https:', {
      ...{ level: 'warning', area: 'cookies', code: 'ORIGIN_PLAIN' },
      message: `ALLOWED_ORIGINS trusts ${plain.join(', ')}: whoever is on the way to it can change that page, and act for its users`,
      cure: 'Serve front ends by https, and name that address.',
    }),
  ] satisfies Finding[];
  return orWell(
    findings,
    'cookies',
    `SameSite=${cookieSameSite}, ${cookieDomain ?? 'for the host of PUBLIC_URL alone'}`,
  );
}

/** What browsers take for one site: the scheme, and the domain that somebody registered. */
const siteOf = ({ protocol, hostname }: URL): string => `${protocol}//${getDomain(hostname, SUFFIXES) ?? hostname}`;

function judgeProxies({ publicUrl, trustProxy }: Config): Finding[] {
  const wide = Array.isArray(trustProxy) ? (trustProxy as readonly string[]).filter(isWideNetwork) : [];
  const findings = [
    ...findingIf(trustProxy === false && publicUrl?.protocol === 'https:', {
      ...{ level: 'warning', area: 'proxies', code: 'TRUST_PROXY_MISSING' },
      message:
        'PUBLIC_URL is https, so a proxy stands before the server, and TRUST_PROXY trusts none: all clients share its address, and the counts of tries of it',
      cure: 'Set TRUST_PROXY to the number of proxies, or to their addresses.',
    }),
    ...findingIf(wide.length > 0, {
      ...{ level: 'error', area: 'proxies', code: 'TRUST_PROXY_WIDE' },
      message: `TRUST_PROXY trusts ${wide.join(', ')}: clients there write their own address, and no count of tries holds them`,
      cure: 'Name the addresses of the proxies alone.',
    }),
  ] satisfies Finding[];
  return orWell(findings, 'proxies', trustProxy === false ? 'none is trusted' : `trusted: ${String(trustProxy)}`);
}

function judgeMail({ publicUrl, mail }: Config): Finding[] {
  const goesNowhere = mail.smtpUrl === null && !isLocal(publicUrl);
  const findings = [
    ...findingIf(goesNowhere && mail.isLogged, {
      ...{ level: 'warning', area: 'mail', code: 'MAIL_LOGGED' },
      message: 'mails go to the log, with the secrets that they hold: whoever reads it can set passwords',
      cure: 'Set SMTP_URL; and NODE_ENV=production, with which the log has no secret of a mail.',
    }),
    ...findingIf(goesNowhere && !mail.isLogged, {
      ...{ level: 'warning', area: 'mail', code: 'MAIL_NOWHERE' },
      message: 'no mail goes out: who forgets the password gets no link',
      cure: 'Set SMTP_URL.',
    }),
  ] satisfies Finding[];
  // Whether a server of SMTP takes them, a try has to show.
  return mail.smtpUrl === null ? orWell(findings, 'mail', 'goes to the log') : findings;
}
