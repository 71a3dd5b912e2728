import type { GraphQLSchema } from 'graphql';
import { protectSchema } from './directives/protect.js';
import type { Coverage } from './directives/startup-faults.js';
import { rolesOf } from './schema.js';
import { readAuthTypeDefs } from './type-defs.js';

/** SDL of the directives and of `enum Role`, to be put beside an application's own; `extend enum Role` adds roles. */
export const authTypeDefs: string = readAuthTypeDefs();

/** How strictly a schema is looked at before it is guarded. */
export interface AuthDirectivesOptions {
  /** Whether a root field without any rule is a fault. Default `optional`. */
  readonly coverage?: Coverage | undefined;
}

/**
 * Guards a schema of the application's own, for any server: `principal` is read from the context of each operation
 * (`null` for nobody), and errors have `extensions.code`. Has to be the last change of the schema. Give the server
 * `useAuthDirectives()`, or call `refuseOperation` before executing, so that mutations are judged whole: the guards
 * alone hold for each field, but let those before a refused one run.
 *
 * @param schema made with {@link authTypeDefs}, and with the resolvers in it
 * @param options which faults there are
 * @returns the guarded schema; the one given is left as it is
 * @throws TypeError that names every fault with its coordinate
 */
export function authDirectives(
  schema: GraphQLSchema,
  { coverage = 'optional' }: AuthDirectivesOptions = {},
): GraphQLSchema {
  if (schema.getDirective('auth') == null) {
    throw new TypeError(
      'authDirectives: the schema lacks the directives: put authTypeDefs beside its type definitions',
    );
  }
  return protectSchema({ schema, roles: rolesOf(schema), coverage });
}
