import type { UserId } from '../../../src/domain/ids.js';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { IResolvers } from '@graphql-tools/utils';
import { GraphQLDateTime } from 'graphql-scalars';
import { pino } from 'pino';
import type { GraphQLContext } from '../../../src/graphql/context.js';
import { stepsPlugin } from '../../../src/graphql/operation-step.js';
import { accessStep } from '../../../src/graphql/steps/access.js';
import { credentialsStep } from '../../../src/graphql/steps/credentials.js';
import { statusStep } from '../../../src/graphql/steps/status.js';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import { createFormatError } from '../../../src/graphql/errors.js';
import { DEFAULT_LIMITS } from '../../../src/graphql/limits.js';
import { roleResolvers } from '../../../src/graphql/resolvers/role.js';
import { sessionResolvers } from '../../../src/graphql/resolvers/session.js';
import { userResolvers } from '../../../src/graphql/resolvers/user.js';
import { readTypeDefs } from '../../../src/graphql/type-defs.js';
import { createGraphQLServer, type GraphQLServer } from '../../../src/graphql/server.js';
import { createCookies } from '../../../src/http/cookies.js';
import { createServer } from '../../../src/http/server.js';
import { createClient } from '../../support/client.js';
import { createNode, POLICY, type Node } from '../../support/services.js';
import { createBackend, type BackendName } from '../../support/stores.js';
import { signIn, signUp, type Asked, type Person } from '../../http/support/people.js';

export interface DirectiveServerOptions {
  /** Merged with ours. */
  readonly typeDefs: readonly string[];
  readonly resolvers: IResolvers<never, never>;
  /** Default on. */
  readonly introspection?: boolean;
  /** Batches and automatic persisted queries, which our own server does not take. */
  readonly isApplications?: boolean;
  /** Default SQLite. */
  readonly backendName?: BackendName;
  /** Whose pages may send cookies; default: nobody's. */
  readonly isAllowedOrigin?: (origin: string) => boolean;
}

/** A server of ours with the schema of an application, and somebody of each kind to ask it. */
export interface DirectiveServer extends Asked {
  readonly origin: string;
  /** Of the same server, where Fastify takes every request, and Apollo Server every operation. */
  readonly apolloOrigin: string;
  /** How many operations were run without Apollo Server. */
  ranPrepared(): number;
  readonly people: Readonly<Record<'admin' | 'editor' | 'user', Person>>;
  close(): Promise<void>;
}

/** What editors are allowed. */
const EDITOR_PERMISSIONS = ['post:audit'];
/** Room for attacks that are long, so that what refuses them is a guard. */
const LIMITS = { ...DEFAULT_LIMITS, aliases: 1_000, depth: 100, directives: 1_000, tokens: 10_000, cost: 1_000_000 };
const SILENT = pino({ level: 'silent' });
const NOTHING_PREPARED: GraphQLServer['prepared'] = {
  step: {},
  find: () => null,
  run: () => Promise.reject(new Error('Nothing is prepared.')),
};

/** Puts schema, guards, plugins and HTTP together as `app.ts` does. */
export async function startDirectiveServer(options: DirectiveServerOptions): Promise<DirectiveServer> {
  const { apollo, prepared } = createApollo(options);
  let ranPrepared = 0;
  const graphql: GraphQLServer = {
    apollo,
    prepared: {
      ...prepared,
      run: (...given) => {
        ranPrepared += 1;
        return prepared.run(...given);
      },
    },
  };
  const backend = createBackend(options.backendName ?? 'SQLite');
  const node = await createNode(await backend.open());
  await graphql.apollo.start();
  const { sessions, users, exportPersonalData, passwords, emails, signingKeys, rolePermissions, auditLog, stores } =
    node;
  const { fastify, serve } = await createServer({
    graphql,
    surroundings: {
      auth: { sessions, users, exportPersonalData, passwords, emails, signingKeys, rolePermissions, auditLog },
      clock: stores.clock,
      roles: POLICY.roles,
    },
    trustedDocuments: null,
    bodyLimitBytes: LIMITS.bodyBytes,
    cookies: createCookies({ isSecure: false, sameSite: 'lax', domain: null }),
    authenticate: node.authenticate,
    isAllowedOrigin: options.isAllowedOrigin ?? (() => false),
    cookieDomain: null,
    clock: stores.clock,
    logger: SILENT,
    trustProxy: false,
    publicJwks: signingKeys.publicJwks,
    ping: stores.ping,
    isFeedFresh: () => true,
    isAuditLogTaking: () => true,
    explorer: false,
    isStopping: () => false,
  });
  const servers = [createHttpServer(serve), createHttpServer(fastify.routing)];
  const [origin = '', apolloOrigin = ''] = await Promise.all(servers.map(listen));
  const asked: Asked = { client: (client) => createClient(origin, client) };
  return {
    ...asked,
    ...{ origin, apolloOrigin },
    ranPrepared: () => ranPrepared,
    people: await createPeople(asked, node),
    async close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await fastify.close();
      await graphql.apollo.stop();
      await backend.destroy();
    },
  };
}

async function listen(server: HttpServer): Promise<string> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

function createApollo({ typeDefs, resolvers, introspection = true, isApplications = false }: DirectiveServerOptions) {
  const ours = [{ DateTime: GraphQLDateTime }, userResolvers, sessionResolvers, roleResolvers] as IResolvers[];
  const merged = makeExecutableSchema({
    typeDefs: [...readTypeDefs(), 'extend enum Role { EDITOR }', ...typeDefs],
    resolvers: [...ours, resolvers as IResolvers],
  });
  const schema = protectSchema({ schema: merged, roles: POLICY.roles });
  if (!isApplications) return createGraphQLServer({ schema, introspection, limits: LIMITS, log: SILENT });
  const apollo = new ApolloServer<GraphQLContext>({
    schema,
    introspection,
    allowBatchedHttpRequests: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    formatError: createFormatError(SILENT),
    plugins: [stepsPlugin([accessStep, credentialsStep, statusStep])],
  });
  // An application's own server has nothing of ours before it.
  return { apollo, prepared: NOTHING_PREPARED };
}

async function createPeople(asked: Asked, node: Node): Promise<DirectiveServer['people']> {
  const admin = await signUp(asked, { setupCode: (await node.setUpCodes.issue()) ?? '' });
  const editor = await signUp(asked);
  const grant = 'mutation ($id: ID!) { grantRole(userId: $id, role: EDITOR) { user { id } } }';
  for (const { id } of [admin, editor]) {
    const { token } = await signIn(asked, admin);
    (await asked.client().ask(grant, { token, variables: { id } })).text('grantRole.user.id');
  }
  await node.rolePermissions.replace({ userId: admin.id as UserId }, 'EDITOR', EDITOR_PERMISSIONS);
  return { admin: await signIn(asked, admin), editor: await signIn(asked, editor), user: await signUp(asked) };
}
