import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { readdirSync, readFileSync } from 'node:fs';
import { ADMIN, MODERATOR, type Role } from '../domain/user.js';
import { protectSchema } from './directives/protect.js';
import { assertSeparateSources } from './directives/sources.js';
import { roleResolvers } from './resolvers/role.js';
import { sessionResolvers } from './resolvers/session.js';
import { signingKeyResolvers } from './resolvers/signing-key.js';
import { userResolvers } from './resolvers/user.js';

/** Beside the sources and, in the package, beside what they were compiled to. */
const SCHEMA_FOLDER = new URL('../../schema/', import.meta.url);

/** Our own SDL, one document a file of `schema/`. */
export const readTypeDefs = (): string[] =>
  readdirSync(SCHEMA_FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8'));

/**
 * Puts the schema together, with a guard on every field that carries a rule.
 *
 * @param roles every role that this server knows: those beyond `ADMIN` and `MODERATOR` extend `enum Role`
 * @throws TypeError that names the coordinate of each rule that cannot be kept
 */
export function createSchema(roles: readonly Role[]): GraphQLSchema {
  const added = roles.filter((role) => role !== ADMIN && role !== MODERATOR);
  const ours = {
    typeDefs: readTypeDefs(),
    resolvers: [{ DateTime: GraphQLDateTime }, userResolvers, sessionResolvers, roleResolvers, signingKeyResolvers],
  };
  const theirs = { typeDefs: added.length > 0 ? [`extend enum Role { ${added.join(' ')} }`] : [] };
  assertSeparateSources(ours, theirs);
  const schema = makeExecutableSchema({ ...ours, typeDefs: [ours.typeDefs, theirs.typeDefs] });
  return protectSchema({ schema, roles, coverage: 'required' });
}
