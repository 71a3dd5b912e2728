import { MapperKind, mapSchema } from '@graphql-tools/utils';
import type { GraphQLFieldConfig, GraphQLSchema } from 'graphql';
import { DIRECTIVE_NAMES } from '../graphql/directives/directive-uses.js';
import { protectionFaults, startupError } from '../graphql/directives/protect.js';
import { isProtected } from '../graphql/directives/requirement.js';
import { rolesOf } from '../graphql/schema.js';

/** What `directiveContextTypes` goes by: it looks at the directives of a field, and at nothing else. */
export const SIGNED_IN = 'auth';

/**
 * The same schema in which `@auth`, alone of our directives, stands on every field that is reached by nobody but
 * signed-in viewers: whether the field itself says so, its type, an interface, or the type that it returns. For plugins
 * that write types: its rules are no longer those of the application.
 *
 * @throws TypeError that names every rule which would stop the start, with its coordinate
 */
export function markSignedInFields(schema: GraphQLSchema): GraphQLSchema {
  const { faults, compiled } = protectionFaults({ schema, roles: rolesOf(schema) });
  if (faults.length > 0) throw startupError(faults);
  return mapSchema(schema, {
    // What only an argument asks for is no part of `whole`: it may be left out.
    [MapperKind.COMPOSITE_FIELD]: (config: FieldConfig, fieldName, typeName) =>
      isProtected(compiled.ofField(typeName, fieldName).whole) ? marked(config) : undefined,
  });
}

type FieldConfig = GraphQLFieldConfig<unknown, unknown>;

function marked({ astNode, extensions, ...config }: FieldConfig): FieldConfig {
  const theirs = astNode?.directives?.filter(({ name }) => !isOurs(name.value)) ?? [];
  return {
    ...config,
    astNode: astNode && { ...astNode, directives: theirs },
    // Where a field has no source, as in a schema that was made by code, this is all that plugins find.
    extensions: { ...extensions, directives: { [SIGNED_IN]: {} } },
  };
}

const isOurs = (name: string): boolean => (DIRECTIVE_NAMES as readonly string[]).includes(name);
