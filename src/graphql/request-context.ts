import type { GraphQLContext, RequestContext, Surroundings } from './context.js';
import { createLoaders } from './loaders.js';
import { createRequestAuth } from './sign-in.js';
import { bindAuth } from './speaking.js';

/**
 * Makes the context of one request, with loaders of its own, and with what the application adds.
 *
 * @throws TypeError where that would take the place of something of ours: a rule must find what we put there
 */
export async function createContext(surroundings: Surroundings, request: RequestContext): Promise<GraphQLContext> {
  const { auth, clock, roles, addToContext } = surroundings;
  const { credential } = request;
  // Spelled out: of what each request makes, spreads would take the longest.
  const context: GraphQLContext = {
    request: request.request,
    credential,
    principal: credential.kind === 'principal' ? credential.principal : null,
    transport: request.transport,
    client: request.client,
    arrivedAt: request.arrivedAt,
    clock,
    roles,
    auth: createRequestAuth(auth),
    loaders: createLoaders(auth),
  };
  bindAuth(context);
  if (addToContext === undefined) return context;
  const added: unknown = await addToContext(context);
  if (typeof added !== 'object' || added === null) {
    throw new TypeError('context: has to answer an object; an empty one for nothing');
  }
  const taken = Object.keys(added).filter((name) => name in context);
  if (taken.length > 0) throw new TypeError(`context: ${taken.join(', ')}: is Latchkey's own: take another name`);
  return Object.assign(context, added);
}
