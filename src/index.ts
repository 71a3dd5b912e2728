/**
 * The server as a library: the entry point `latchkey`.
 *
 * @packageDocumentation
 */
export { createAuthServer, type AuthServer } from './auth-server.js';
export type { ApplicationResolvers, AuthServerOptions, ClaimsByName } from './auth-server-options.js';
export type { AuthEvent, EventListener } from './app-events.js';
export { ConfigurationError } from './config.js';
export type { AddClaims, Claims, ClaimsSession, ClaimsUser } from './domain/added-claims.js';
export { AuthError, type AuthErrorDetails, type ErrorCode, type ErrorExtensions } from './domain/errors.js';
export type { EmailAndPassword } from './domain/credentials.js';
export type { AuthenticateUser } from './domain/external-users.js';
export type { SessionId, UserId } from './domain/ids.js';
export type { Principal } from './domain/principal.js';
export { authDirectives, authTypeDefs, type AuthDirectivesOptions } from './graphql/auth-directives.js';
export type { Auth, GraphQLContext, RequestAuth, SignedIn } from './graphql/context.js';
export type { Limits } from './graphql/limits.js';
export { refuseOperation, useAuthDirectives, type OperationToJudge } from './graphql/refuse-operation.js';
export type { SignInPayload } from './graphql/resolvers/session.js';
export type { SignIn, SignInOptions } from './graphql/sign-in.js';
export type { SessionReference, UserReference } from './graphql/sources.js';
export { refreshRedirect, type PageRequest, type RefreshRedirectOptions } from './http/refresh-redirect.js';
export { getServerSession, type ServerSessionOptions } from './http/server-session.js';
export type { RequestHandler } from './http/request-handler.js';
export { requireSession, type RequireSessionOptions, type RouteGuard } from './http/require-session.js';
export type { Register, Role } from './register.js';
