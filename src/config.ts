import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { variables, type Variables } from './config-variables.js';

export { isStrongSecret } from './config-variables.js';

/** Everything that the operator can set, checked and in the program's units. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly storeUrl: string;
  /** Issuer of tokens and origin of our pages; `null`: `http://localhost:PORT`, as bound. */
  readonly publicUrl: URL | null;
  /** `aud` of access tokens; `null`: the public URL. */
  readonly audience: string | null;
  /** Origins of front ends, beside the public URL's own. */
  readonly allowedOrigins: readonly string[];
  /** The first writes, all read; none: one is made beside the SQLite file. */
  readonly secrets: readonly string[];
  readonly accessTokenTtlSeconds: number;
  readonly sessionIdleTtlSeconds: number;
  readonly sessionTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly signingAlgorithm: 'EdDSA' | 'ES256' | 'RS256';
  /** How long one key signs. */
  readonly signingKeyTtlSeconds: number;
  readonly signUp: 'open' | 'closed';
  /** Whether nobody signs in before they have shown that mail to their address arrives. */
  readonly emailVerification: 'off' | 'required';
  readonly mail: MailConfig;
  readonly maxSessionsPerUser: number;
  /** How long entries of the audit log are kept. */
  readonly auditTtlSeconds: number;
  /** Beyond `ADMIN` and `MODERATOR`. */
  readonly roles: readonly string[];
  /** Made at start where no administrator exists. */
  readonly administrator: { readonly email: string; readonly password: string } | null;
  readonly cookieSameSite: 'lax' | 'strict' | 'none';
  readonly cookieDomain: string | null;
  /** Whose `X-Forwarded-For` counts: nobody's, that of so many proxies, or of these addresses. */
  readonly trustProxy: false | number | readonly string[];
  /** With it go Sandbox, `/explorer` and suggestions in validation errors. */
  readonly introspection: boolean;
  /** Path of a manifest of documents: nothing else is run, introspection and Sandbox included. `null`: anything is. */
  readonly trustedDocuments: string | null;
  /** Whether `/metrics` is served. */
  readonly metrics: boolean;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** How long a server that was told to stop goes on serving, with `/readyz` at 503, before it accepts nothing more. */
  readonly shutdownDelaySeconds: number;
  /** How long a connection waits for its next request: longer than proxies keep it. */
  readonly keepAliveSeconds: number;
  /** Threads of libuv's pool, which hashes and signatures share. */
  readonly threadPoolSize: number;
}

/** How mails go out, and where the links in them lead. */
export interface MailConfig {
  /** `null`: mails go to the log, whole but in production. */
  readonly smtpUrl: string | null;
  /** The sender; `null`: `no-reply` at the host of the public URL. */
  readonly from: string | null;
  /** Where a new password is chosen; `null`: our own page. The token comes in the fragment. */
  readonly resetPasswordUrl: string | null;
  /** Where an address is confirmed; `null`: our own page. The token comes in the fragment. */
  readonly verifyEmailUrl: string | null;
  /** Whether a mail that goes to the log may be read there: not in production, for it may hold a secret. */
  readonly isLogged: boolean;
}

/** Everything that is wrong with the environment, one line a fault. Exit code 78 in the program. */
export class ConfigurationError extends TypeError {
  /** Also where several copies of the package are loaded. */
  override readonly name = 'ConfigurationError';
  /** Each names its variable, and what would be right. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(['The configuration is not right:', ...faults].join('\n  '));
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process, with what a file `.env` in the current folder adds to it.
 *
 * @throws ConfigurationError where there is one that cannot be read
 */
export function readProcessEnvironment(): Environment {
  // Into the environment itself, from where libuv takes UV_THREADPOOL_SIZE.
  for (const [name, value] of Object.entries(readEnvironmentFile('.env'))) process.env[name] ??= value;
  return process.env;
}

/** Not by `process.loadEnvFile`, which tells of no file that it cannot read but in words about its own arguments. */
function readEnvironmentFile(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigurationError([`${path}: cannot be read: ${(error as Error).message}`]);
  }
}

/** For a server within an application: what it says itself goes before the environment of this process. */
export const readApplicationEnvironment = (given: Environment): Environment => ({ ...process.env, ...given });

/**
 * Reads the configuration from the environment. An empty variable counts as one that is not set.
 *
 * @throws ConfigurationError that names every fault and what would be right
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const issues = variables.safeParse(given).error?.issues ?? [];
  const faulty = new Set(issues.map(({ path }) => path[0]));
  // What is not right by itself is left out, so that the rest can be judged together.
  const rest = variables.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !faulty.has(name))));
  const config = toConfig(rest);
  const conflicts = findConflicts(config, rest).filter(({ between }) => !between.some((name) => faulty.has(name)));
  const faults = [
    ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...conflicts.map(({ fault }) => fault),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(config);
}

function toConfig(given: Variables): Config {
  const email = given.ADMIN_EMAIL;
  const password = given.ADMIN_PASSWORD;
  return {
    port: given.PORT,
    host: given.HOST,
    storeUrl: given.STORE_URL,
    publicUrl: given.PUBLIC_URL ?? null,
    audience: given.AUDIENCE ?? null,
    allowedOrigins: given.ALLOWED_ORIGINS,
    secrets: given.LATCHKEY_SECRET,
    accessTokenTtlSeconds: given.ACCESS_TOKEN_TTL_SECONDS,
    sessionIdleTtlSeconds: given.SESSION_IDLE_TTL_SECONDS,
    sessionTtlSeconds: given.SESSION_TTL_SECONDS,
    refreshGraceSeconds: given.REFRESH_GRACE_SECONDS,
    signingAlgorithm: given.SIGNING_ALGORITHM,
    signingKeyTtlSeconds: given.SIGNING_KEY_TTL_SECONDS,
    signUp: given.SIGN_UP,
    emailVerification: given.EMAIL_VERIFICATION,
    mail: {
      smtpUrl: given.SMTP_URL ?? null,
      from: given.MAIL_FROM ?? null,
      resetPasswordUrl: given.RESET_PASSWORD_URL ?? null,
      verifyEmailUrl: given.VERIFY_EMAIL_URL ?? null,
      isLogged: given.NODE_ENV !== 'production',
    },
    maxSessionsPerUser: given.MAX_SESSIONS_PER_USER,
    auditTtlSeconds: given.AUDIT_TTL_SECONDS,
    roles: given.ROLES,
    administrator: email === undefined || password === undefined ? null : { email, password },
    cookieSameSite: given.COOKIE_SAME_SITE,
    cookieDomain: given.COOKIE_DOMAIN ?? null,
    trustProxy: given.TRUST_PROXY,
    introspection: given.INTROSPECTION === undefined ? given.NODE_ENV !== 'production' : given.INTROSPECTION === 'on',
    trustedDocuments: given.TRUSTED_DOCUMENTS ?? null,
    logLevel: given.LOG_LEVEL,
    metrics: given.METRICS === 'on',
    shutdownDelaySeconds: given.SHUTDOWN_DELAY_SECONDS,
    keepAliveSeconds: given.KEEP_ALIVE_SECONDS,
    threadPoolSize: given.UV_THREADPOOL_SIZE,
  };
}

interface Conflict {
  readonly between: readonly (keyof Variables)[];
  readonly fault: string;
}

/** What is right by itself and not together. */
function findConflicts(config: Config, given: Variables): Conflict[] {
  const { publicUrl, cookieDomain } = config;
  const host = publicUrl?.hostname ?? 'localhost';
  const conflicts: [boolean, readonly (keyof Variables)[], string][] = [
    [
      config.secrets.length === 0 && !config.storeUrl.startsWith('file:'),
      ['LATCHKEY_SECRET', 'STORE_URL'],
      'LATCHKEY_SECRET: is required with MongoDB: at least 32 random bytes, the same on every server, such as the output of: openssl rand -base64 32',
    ],
    [
      (given.ADMIN_EMAIL === undefined) !== (given.ADMIN_PASSWORD === undefined),
      ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
      'ADMIN_EMAIL, ADMIN_PASSWORD: must be set together',
    ],
    [
      config.cookieSameSite === 'none' && publicUrl?.protocol !== 'https:',
      ['COOKIE_SAME_SITE', 'PUBLIC_URL'],
      'COOKIE_SAME_SITE: none needs a PUBLIC_URL of https, or browsers drop the cookies',
    ],
    [
      cookieDomain !== null && host !== cookieDomain && !host.endsWith(`.${cookieDomain}`),
      ['COOKIE_DOMAIN', 'PUBLIC_URL'],
      `COOKIE_DOMAIN: must be the host of PUBLIC_URL (${host}) or a parent of it, or browsers drop the cookies`,
    ],
    [
      config.emailVerification === 'required' && config.mail.smtpUrl === null && !config.mail.isLogged,
      ['EMAIL_VERIFICATION', 'SMTP_URL', 'NODE_ENV'],
      'SMTP_URL: is required in production with EMAIL_VERIFICATION=required, or nobody could sign in',
    ],
    [
      config.accessTokenTtlSeconds > config.sessionIdleTtlSeconds,
      ['ACCESS_TOKEN_TTL_SECONDS', 'SESSION_IDLE_TTL_SECONDS'],
      'ACCESS_TOKEN_TTL_SECONDS: must not be longer than SESSION_IDLE_TTL_SECONDS',
    ],
  ];
  return conflicts.filter(([isWrong]) => isWrong).map(([, between, fault]) => ({ between, fault }));
}
