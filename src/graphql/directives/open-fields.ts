import { getNamedType, isAbstractType, isCompositeType, isUnionType } from 'graphql';
import type { GraphQLCompositeType, GraphQLSchema } from 'graphql';
import type { CompiledSchema } from './compile.js';
import { isProtected } from './requirement.js';
import { rootTypes } from './schema-types.js';

/**
 * The coordinates of the fields that anyone reaches from a root field by fields of which none carries a rule: all that
 * nobody has decided about. What a `@public` field leads to has been decided.
 */
export function reachedOpenly(schema: GraphQLSchema, compiled: CompiledSchema): ReadonlySet<string> {
  const open = new Set<string>();
  const reached = new Set<GraphQLCompositeType>(rootTypes(schema));
  // A set goes on with what is added to it on the way.
  for (const type of reached) {
    if (isAbstractType(type)) for (const possible of schema.getPossibleTypes(type)) reached.add(possible);
    if (isUnionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const { whole } = compiled.ofField(type.name, field.name);
      if (isProtected(whole) || whole.isPublic) continue;
      open.add(`${type.name}.${field.name}`);
      const returned = getNamedType(field.type);
      if (isCompositeType(returned)) reached.add(returned);
    }
  }
  return open;
}
