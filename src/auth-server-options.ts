import type { IResolvers } from '@graphql-tools/utils';
import type { EventListener } from './app-events.js';
import { ConfigurationError, readApplicationEnvironment, readConfig, type Config, type Environment } from './config.js';
import { assertNotReserved, type AddClaims, type ClaimsSession, type ClaimsUser } from './domain/added-claims.js';
import type { AuthenticateUser } from './domain/external-users.js';
import type { GraphQLContext } from './graphql/context.js';
import type { TypeDefs } from './graphql/directives/sources.js';
import { DEFAULT_LIMITS, type Limits } from './graphql/limits.js';

/** One claim by its name, so that reserved names are refused at start. */
export type ClaimsByName = Readonly<Record<string, (user: ClaimsUser, session: ClaimsSession) => unknown>>;

/** What an application brings. Everything may be left out. */
export interface AuthServerOptions<Added extends object = object> {
  /** SDL: a string, a document, or several of them. Extends what is there: `extend type Query`, `extend enum Role`. */
  readonly typeDefs?: TypeDefs | undefined;
  /** Their third argument is what {@link GraphQLContext} has, and what `context` adds. */
  readonly resolvers?: ApplicationResolvers<Added> | readonly ApplicationResolvers<Added>[] | undefined;
  /** Adds to each request's context. A name that is there already fails the request (`INTERNAL_SERVER_ERROR`). */
  readonly context?: ((context: GraphQLContext) => Added | Promise<Added>) | undefined;
  /**
   * Adds to access tokens, at each sign-in and refresh: an object of claims, or a function for each. At most 2,048
   * bytes of JSON. A reserved name, or more than that, fails the sign-in or refresh (`INTERNAL_SERVER_ERROR`).
   */
  readonly claims?: AddClaims | ClaimsByName | undefined;
  /** Hears what happened, once it is durable. What it throws is logged, and fails nothing. */
  readonly onEvent?: EventListener | undefined;
  /**
   * Checks passwords in place of ours: the user's id, or `null`. `signUp` is closed then, but with a set-up code, which
   * makes the user whose credentials come with it the first administrator. `reauthenticate` asks it with the address
   * that the session was signed in with, which is kept for that.
   */
  readonly authenticate?: AuthenticateUser | undefined;
  /** Over `process.env`, with the same names and checks; `undefined` unsets. */
  readonly env?: Environment | undefined;
  /** Whether a root field without any rule stops the start. Default `optional`. */
  readonly coverage?: 'required' | 'optional' | undefined;
  /**
   * How much one request may ask for; what is left out stays as it is: depth 12, aliases 30, directives 50, tokens
   * 2,000, cost 10,000, bodyBytes 102,400.
   */
  readonly limits?: Partial<Limits> | undefined;
}

/** Resolvers of an application's own types and fields, as graphql-tools takes them. */
// oxlint-disable-next-line typescript/no-explicit-any -- each resolver knows its own source and arguments
export type ApplicationResolvers<Added extends object> = IResolvers<any, GraphQLContext & Added>;

type Check = (value: unknown) => boolean;

const isFunction: Check = (value) => typeof value === 'function';
const isObject: Check = (value) => typeof value === 'object' && value !== null;

const isLimits: Check = (value) =>
  isObject(value) &&
  Object.entries(value as object).every(
    ([name, limit]) => Object.hasOwn(DEFAULT_LIMITS, name) && Number.isSafeInteger(limit) && limit >= 1,
  );

const CHECKS: Readonly<Record<keyof AuthServerOptions, readonly [isRight: Check, expected: string]>> = {
  typeDefs: [(value) => typeof value === 'string' || isObject(value), 'SDL: a string, a document, or a list of them'],
  resolvers: [isObject, 'an object of resolvers by type and field, or a list of such'],
  context: [isFunction, 'a function'],
  claims: [(value) => isFunction(value) || isClaimsByName(value), 'a function, or an object of functions by claim'],
  onEvent: [isFunction, 'a function'],
  authenticate: [isFunction, 'a function'],
  env: [isObject, 'an object of environment variables'],
  limits: [isLimits, `an object of whole numbers from 1: ${Object.keys(DEFAULT_LIMITS).join(', ')}`],
  coverage: [(value) => value === 'required' || value === 'optional', "'required' or 'optional'"],
};

/** Throws a `TypeError` that names every option which is not right. */
export function assertOptions(options: Omit<AuthServerOptions, 'resolvers' | 'context'>): void {
  const faults = Object.entries(options).flatMap(([name, value]): string[] => {
    if (!Object.hasOwn(CHECKS, name)) return [`${name}: there is no such option`];
    const [isRight, expected] = CHECKS[name as keyof AuthServerOptions];
    return value === undefined || isRight(value) ? [] : [`${name}: has to be ${expected}`];
  });
  if (faults.length > 0) throw new TypeError(['The options are not right:', ...faults].join('\n  '));
  if (isClaimsByName(options.claims)) assertNotReserved(Object.keys(options.claims));
}

/**
 * The configuration of a server within an application.
 *
 * @throws ConfigurationError a `TypeError` that names every variable which is not right
 */
export function readOptionsConfig({ env = {}, authenticate }: Pick<AuthServerOptions, 'env' | 'authenticate'>): Config {
  const config = readConfig(readApplicationEnvironment(env));
  if (authenticate === undefined || config.administrator === null) return config;
  throw new ConfigurationError([
    'ADMIN_EMAIL, ADMIN_PASSWORD: cannot be kept where `authenticate` checks passwords: use the set-up code',
  ]);
}

/** One function for all claims. */
export function toAddClaims(claims: AuthServerOptions['claims']): AddClaims | undefined {
  if (!isClaimsByName(claims)) return claims;
  return async (user, session) => {
    const entries = Object.entries(claims).map(async ([name, claim]) => [name, await claim(user, session)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
}

const isClaimsByName = (claims: unknown): claims is ClaimsByName =>
  isObject(claims) && Object.values(claims as object).every(isFunction);
