import { makeExecutableSchema } from '@graphql-tools/schema';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { GraphQLError, parse } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { describeFields } from './directives/describe-fields.js';
import type { FieldDescription } from './directives/describe-fields.js';
import { protectionFaults } from './directives/protect.js';
import { sourceFaults } from './directives/sources.js';
import { rolesOf } from './schema.js';
import { readTypeDefs } from './type-defs.js';

/** SDL of an application, and where it came from. */
export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

/** What `latchkey schema` tells of a schema. */
export interface SchemaReport {
  /** What would stop the start, each with its coordinate or its file. */
  readonly faults: readonly string[];
  /** Every field, and every argument and input field with a rule; none where the schema cannot be put together. */
  readonly fields: readonly FieldDescription[];
  /** Ours and the application's, merged, with the directives; empty where there are faults. */
  readonly sdl: string;
}

/**
 * Puts an application's SDL together with ours, without resolvers, and says who may have which of its fields. Roles are
 * those of `enum Role` as extended.
 */
export function describeSchema(files: readonly SchemaFile[]): SchemaReport {
  const parsed = files.map(parseFile);
  const faults = parsed.flatMap((result) => (typeof result === 'string' ? [result] : []));
  const typeDefs = parsed.flatMap((result) => (typeof result === 'string' ? [] : [result]));
  const ours = readTypeDefs();
  faults.push(...sourceFaults({ typeDefs: ours }, { typeDefs }));
  const schema = faults.length > 0 ? null : merge([...ours, ...typeDefs], faults);
  if (schema === null) return { faults, fields: [], sdl: '' };
  const { faults: ofRules, compiled } = protectionFaults({ schema, roles: rolesOf(schema) });
  const fields = describeFields(schema, compiled);
  // A rule that names what there is not cannot be printed.
  return { faults: ofRules, fields, sdl: ofRules.length > 0 ? '' : printSchemaWithDirectives(schema) };
}

function parseFile({ name, text }: SchemaFile): DocumentNode | string {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [{ line, column } = { line: 1, column: 1 }] = error.locations ?? [];
    return `${name}:${line}:${column}: ${error.message}`;
  }
}

/** What does not fit together, graphql-tools and GraphQL itself say. */
function merge(typeDefs: (string | DocumentNode)[], faults: string[]): GraphQLSchema | null {
  try {
    return makeExecutableSchema({ typeDefs });
  } catch (error) {
    faults.push(...(error instanceof Error ? error.message : String(error)).split(/\n+/));
    return null;
  }
}
