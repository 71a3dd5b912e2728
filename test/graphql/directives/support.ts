import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { IResolvers } from '@graphql-tools/utils';
import { execute, getOperationAST, parse, subscribe, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Clock } from '../../../src/domain/clock.js';
import { AuthError } from '../../../src/domain/errors.js';
import type { SessionId, UserId } from '../../../src/domain/ids.js';
import type { Credential } from '../../../src/domain/principal.js';
import { refuseOperation } from '../../../src/graphql/directives/judge-operation.js';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import type { ProtectOptions } from '../../../src/graphql/directives/protect.js';

export const directiveSdl = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');
export const roleSdl = 'enum Role { ADMIN MODERATOR EDITOR }';
export const ROLES = ['ADMIN', 'MODERATOR', 'EDITOR'];
export const NOW = new Date('2026-03-01T12:00:00Z');
export const clock: Clock = { now: () => NOW };

export const anonymous: Credential = { kind: 'none' };
export const expired: Credential = { kind: 'unusable', code: 'TOKEN_EXPIRED', sessionId: null };

/** A signed-in viewer; their proof is `ageSeconds` old. */
export const viewer = (
  userId: string,
  roles: readonly string[] = [],
  ageSeconds = 0,
  permissions: readonly string[] = [],
): Credential => ({
  kind: 'principal',
  principal: {
    userId: userId as UserId,
    sessionId: 's' as SessionId,
    roles,
    permissions,
    authenticatedAt: new Date(NOW.getTime() - ageSeconds * 1000),
    claims: {},
  },
});

/** The schema before it is protected. */
export const unguarded = (sdl: string, resolvers: IResolvers = {}): GraphQLSchema =>
  makeExecutableSchema({ typeDefs: [directiveSdl, roleSdl, sdl], resolvers });

export const guarded = (
  sdl: string,
  resolvers: IResolvers = {},
  options: Omit<ProtectOptions, 'schema' | 'roles'> = {},
): GraphQLSchema => protectSchema({ schema: unguarded(sdl, resolvers), roles: ROLES, ...options });

export interface Request {
  readonly credential?: Credential;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly rootValue?: unknown;
}

/** What a client sees: the data, and for each error its path and code. */
export interface Answer {
  readonly data: unknown;
  readonly errors: Readonly<Record<string, string>>;
}

/** As a server does it: valid, judged, executed. */
export async function ask(
  schema: GraphQLSchema,
  source: string | DocumentNode,
  request: Request = {},
): Promise<Answer> {
  const document = typeof source === 'string' ? parse(source) : source;
  const invalid = validate(schema, document);
  if (invalid.length > 0) throw new Error(invalid.map(({ message }) => message).join('\n'));
  const { variables = {}, credential = anonymous, operationName, rootValue } = request;
  const context = { credential, clock };
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('no such operation');
  const refusal = refuseOperation({ schema, document, operation, variables, context });
  if (refusal !== null) return answer({ errors: [refusal] });
  const args = { schema, document, variableValues: variables, contextValue: context, rootValue, operationName };
  if (operation.operation !== 'subscription') return answer(await execute(args));
  const events = await subscribe(args);
  if (!('next' in events)) return answer(events);
  const first = await events.next();
  await events.return(undefined);
  return answer(first.value as ExecutionResult);
}

/** The codes by path; `''` for an error of the whole operation, and `MESSAGE` where it is none of ours. */
export const answer = ({ data, errors = [] }: ExecutionResult): Answer => ({
  data: data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as unknown),
  errors: Object.fromEntries(
    errors.map(({ path = [], originalError, message }) => [
      path.join('.'),
      originalError instanceof AuthError ? originalError.code : message,
    ]),
  ),
});

/** Remembers which resolvers ran. */
export function recorder(): { ran: string[]; resolve: (name: string, value?: unknown) => () => unknown } {
  const ran: string[] = [];
  return {
    ran,
    resolve:
      (name, value = name) =>
      () => {
        ran.push(name);
        return value;
      },
  };
}
