import { isIP } from 'node:net';
import * as z from 'zod';

/** Each variable with its check, its default, and what is said where it is not right. Names are public. */

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      message: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number);

const seconds = (least: number, byDefault: number) => wholeNumber(least, 315_360_000).default(byDefault);

const oneOf = <const Choice extends string>(...choices: [Choice, ...Choice[]]) =>
  z.enum(choices, { error: `must be one of: ${choices.join(', ')}` });

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const listOf = (isRight: (part: string) => boolean, message: string) =>
  list.refine((parts) => parts.every(isRight), { message });

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);

const isOriginUrl = (text: string): boolean => {
  const url = parseUrl(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
};

/** As browsers send it; also of an application's own scheme, such as `capacitor://localhost`, which has no `origin`. */
const isOrigin = (text: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+$/.test(text) && ['null', text].includes(parseUrl(text)?.origin ?? '');

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  // proxy-addr, which reads it later, throws at /0: it would be to trust everyone.
  const isPrefix = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  return family !== 0 && rest.length === 0 && isPrefix;
};

const isProxyCount = (text: string): boolean => /^\d{1,2}$/.test(text);

/** How many random bytes the text can stand for: hexadecimal, or else base64. */
const secretBytes = (text: string): number =>
  /^[0-9a-f]+$/i.test(text) ? Math.floor(text.length / 2) : Math.floor((text.length * 3) / 4);

/** Whether the text can stand for 32 random bytes: long enough, and not a few characters over and over. */
export const isStrongSecret = (text: string): boolean => secretBytes(text) >= 32 && new Set(text).size >= 8;

const isRoleName = (text: string): boolean =>
  /^(?!__)[_A-Za-z][_0-9A-Za-z]*$/.test(text) && !/^(true|false|null|ADMIN|MODERATOR)$/.test(text);

/** Of a page of the application's, which finds a secret in its fragment. */
const pageUrl = z.string().refine((text) => /^https?:$/.test(parseUrl(text)?.protocol ?? '') && !text.includes('#'), {
  message: 'must be the http or https address of a page, without a fragment',
});

export const variables = z.object({
  PORT: wholeNumber(0, 65_535).default(4000),
  HOST: z.string().default('localhost'),
  STORE_URL: z
    .string()
    .regex(/^(file:[^?#]*[^?#/]|mongodb(\+srv)?:\/\/.+)$/, {
      message: 'must be file:PATH for SQLite, or mongodb://… or mongodb+srv://…',
    })
    .default('file:./data/latchkey.db'),
  PUBLIC_URL: z
    .string()
    .refine(isOriginUrl, {
      message: 'must be an http or https address without a path, such as https://auth.example.com',
    })
    .transform((text) => new URL(text))
    .optional(),
  AUDIENCE: z.string().optional(),
  ALLOWED_ORIGINS: listOf(
    isOrigin,
    'must be origins without a path, comma-separated, such as https://app.example.com; no wildcard',
  ).default([]),
  LATCHKEY_SECRET: listOf(
    isStrongSecret,
    'must be at least 32 random bytes, encoded without commas, such as the output of: openssl rand -base64 32',
  ).default([]),
  ACCESS_TOKEN_TTL_SECONDS: seconds(1, 600),
  SESSION_IDLE_TTL_SECONDS: seconds(1, 2_592_000),
  SESSION_TTL_SECONDS: seconds(1, 15_552_000),
  REFRESH_GRACE_SECONDS: seconds(0, 10),
  SIGNING_ALGORITHM: oneOf('EdDSA', 'ES256', 'RS256').default('EdDSA'),
  SIGNING_KEY_TTL_SECONDS: seconds(1, 2_592_000),
  SIGN_UP: oneOf('open', 'closed').default('open'),
  EMAIL_VERIFICATION: oneOf('off', 'required').default('off'),
  SMTP_URL: z
    .string()
    .refine((text) => /^smtps?:\/\//.test(text) && Boolean(parseUrl(text)?.hostname), {
      message: 'must be smtp://HOST:PORT or smtps://HOST:PORT, with user and password where the server asks for them',
    })
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/, {
      message: 'must be an address, such as auth@example.com, or Example <auth@example.com>',
    })
    .optional(),
  RESET_PASSWORD_URL: pageUrl.optional(),
  VERIFY_EMAIL_URL: pageUrl.optional(),
  AUDIT_TTL_SECONDS: seconds(1, 31_536_000),
  MAX_SESSIONS_PER_USER: wholeNumber(1, 10_000).default(100),
  ROLES: listOf(isRoleName, 'must be names for enum Role, comma-separated, without ADMIN and MODERATOR')
    .refine((roles) => new Set(roles).size === roles.length, { message: 'must name each role once' })
    .default([]),
  ADMIN_EMAIL: z.string().optional(),
  ADMIN_PASSWORD: z.string().optional(),
  COOKIE_SAME_SITE: oneOf('lax', 'strict', 'none').default('lax'),
  COOKIE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, { message: 'must be a domain name, such as example.com' })
    .optional(),
  TRUST_PROXY: z
    .string()
    .refine(
      (text) => text === 'false' || isProxyCount(text) || text.split(',').every((part) => isNetwork(part.trim())),
      {
        message: 'must be false, the number of proxies, or their addresses (10.0.0.1, 10.0.0.0/8), comma-separated',
      },
    )
    .transform((text) => {
      if (isProxyCount(text)) return Number(text) === 0 ? false : Number(text);
      return text === 'false' ? false : text.split(',').map((part) => part.trim());
    })
    .default(false),
  INTROSPECTION: oneOf('on', 'off').optional(),
  TRUSTED_DOCUMENTS: z.string().optional(),
  NODE_ENV: z.string().optional(),
  SHUTDOWN_DELAY_SECONDS: wholeNumber(0, 600).default(0),
  KEEP_ALIVE_SECONDS: wholeNumber(1, 3_600).default(125),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  METRICS: oneOf('on', 'off').default('off'),
  UV_THREADPOOL_SIZE: wholeNumber(1, 1024).default(4),
});

export type Variables = z.output<typeof variables>;
