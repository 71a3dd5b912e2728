import { makeExecutableSchema } from '@graphql-tools/schema';
import type { IResolvers } from '@graphql-tools/utils';
import { GraphQLError, isEnumType, Kind, type GraphQLSchema } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { ADMIN, MODERATOR, toRole, type Role } from '../domain/user.js';
import { protectSchema } from './directives/protect.js';
import { assertSeparateSources, definitionsOf, type TypeDefs } from './directives/sources.js';
import type { Coverage } from './directives/startup-faults.js';
import { auditEntryResolvers } from './resolvers/audit-entry.js';
import { roleResolvers } from './resolvers/role.js';
import { sessionResolvers } from './resolvers/session.js';
import { passwordResolvers } from './resolvers/password.js';
import { signingKeyResolvers } from './resolvers/signing-key.js';
import { userResolvers } from './resolvers/user.js';
import { readTypeDefs } from './type-defs.js';

export interface SchemaOptions {
  /** Those that the operator names, beyond `ADMIN` and `MODERATOR`: they extend `enum Role`. */
  readonly roles: readonly string[];
  /** The application's. */
  readonly typeDefs?: TypeDefs | undefined;
  readonly resolvers?: IResolvers | readonly IResolvers[] | undefined;
  readonly coverage: Coverage;
}

/**
 * Puts the schema together, with a guard on every field that carries a rule.
 *
 * @throws TypeError that names the coordinate of each rule that cannot be kept, or what does not go together
 */
export function createSchema(options: SchemaOptions): GraphQLSchema {
  try {
    const schema = mergeSchema(options);
    return protectSchema({ schema, roles: rolesOf(schema), coverage: options.coverage });
  } catch (error) {
    // graphql-js and graphql-tools say what is wrong with sources by errors of their own.
    if (error instanceof TypeError) throw error;
    const place = error instanceof GraphQLError ? 'typeDefs' : 'typeDefs, resolvers';
    throw new TypeError(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Every role that there is in a schema; none where it has no `enum Role`. */
export function rolesOf(schema: GraphQLSchema): Role[] {
  const type = schema.getType('Role');
  return isEnumType(type) ? type.getValues().map(({ name }) => toRole(name)) : [];
}

/** Every role that the schema will have: ours, then those of the application, then those that the operator names. */
export function namedRoles({ roles, typeDefs = [] }: Pick<SchemaOptions, 'roles' | 'typeDefs'>): Role[] {
  return [...new Set([ADMIN, MODERATOR, ...[...declaredRoles(typeDefs), ...roles].map(toRole)])];
}

function mergeSchema({ roles, typeDefs = [], resolvers = [] }: SchemaOptions): GraphQLSchema {
  const ours = {
    typeDefs: readTypeDefs(),
    resolvers: [
      { DateTime: GraphQLDateTime },
      userResolvers,
      sessionResolvers,
      roleResolvers,
      signingKeyResolvers,
      auditEntryResolvers,
      passwordResolvers,
    ],
  };
  const declared = declaredRoles(typeDefs);
  const added = roles.filter((role) => !declared.includes(role));
  const theirs = {
    typeDefs: [typeDefs, added.length > 0 ? [`extend enum Role { ${added.join(' ')} }`] : []],
    resolvers: [resolvers].flat(),
  };
  assertSeparateSources(ours, theirs);
  const definitions = definitionsOf(theirs.typeDefs);
  return makeExecutableSchema({
    typeDefs: [...ours.typeDefs, { kind: Kind.DOCUMENT, definitions }],
    resolvers: [...ours.resolvers, ...theirs.resolvers],
    // Ours alone is what the tests saw: no start has to find that out again.
    assumeValidSDL: definitions.length === 0,
  });
}

/** The members that an application's own definitions add to `enum Role`. */
const declaredRoles = (typeDefs: TypeDefs): readonly string[] =>
  definitionsOf(typeDefs)
    .filter((definition) => definition.kind === Kind.ENUM_TYPE_EXTENSION && definition.name.value === 'Role')
    .flatMap((definition) => ('values' in definition ? (definition.values ?? []) : []))
    .map(({ name }) => name.value);
