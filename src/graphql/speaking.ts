import { credentialOfPrincipal, type Principal } from '../domain/principal.js';
import type { GraphQLContext, RequestAuth } from './context.js';

// With the object that resolvers find as `context.auth`: Apollo copies the context, and shares what is in it.
const FIRST = Symbol('latchkey: the first context');
const CURRENT = Symbol('latchkey: context');
type Bound = RequestAuth & { [FIRST]?: GraphQLContext; [CURRENT]?: GraphQLContext };

/** Lets `context.auth` act in this context: the one that resolvers get. */
export function bindAuth(context: GraphQLContext): void {
  const bound: Bound = context.auth;
  bound[FIRST] ??= context;
  bound[CURRENT] = context;
}

/** The context that these services act in; `undefined` where they are bound to none. */
export const contextOf = (auth: RequestAuth): GraphQLContext | undefined => (auth as Bound)[CURRENT];

/**
 * Lets who has just signed in speak for what follows in the operation: in the context that resolvers get, and in the one
 * that the application was given to add to, which it may have kept.
 */
export function speakAs(context: GraphQLContext, principal: Principal): void {
  for (const each of [context, (context.auth as Bound)[FIRST] ?? context]) {
    each.credential = credentialOfPrincipal(principal);
    each.principal = principal;
  }
}
