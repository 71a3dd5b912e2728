import { getNamedType, isAbstractType, isCompositeType, isObjectType, isUnionType } from 'graphql';
import type { GraphQLCompositeType, GraphQLSchema } from 'graphql';

/** What is left of a type under a fragment's condition; `null` where nothing is, so that the fragment never applies. */
export function narrow(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  name: string | undefined,
): GraphQLCompositeType | null {
  const condition = name === undefined ? type : schema.getType(name);
  if (!isCompositeType(condition)) return null;
  if (condition === type || (isAbstractType(condition) && isWithin(schema, type, condition))) return type;
  if (isObjectType(type)) return null;
  if (isObjectType(condition)) return schema.isSubType(type, condition) ? condition : null;
  return schema.getPossibleTypes(type).some((possible) => schema.isSubType(condition, possible)) ? condition : null;
}

/** Whether all that the type can be is possible for the condition. Members of a union have to be asked one by one. */
const isWithin = (schema: GraphQLSchema, type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean =>
  isAbstractType(condition) && !isUnionType(type) && schema.isSubType(condition, type);

/** What a field returns objects of; `undefined` where the type has no such field. */
export function returnedType(type: GraphQLCompositeType, fieldName: string): GraphQLCompositeType | undefined {
  const returned = isUnionType(type) ? undefined : getNamedType(type.getFields()[fieldName]?.type);
  return isCompositeType(returned) ? returned : undefined;
}

/**
 * Whether all the rules of a type's fields are among those of the innermost type, so that it can be let go. A union has
 * no fields.
 */
export const isImplied = (
  schema: GraphQLSchema,
  innermost: GraphQLCompositeType,
  type: GraphQLCompositeType,
): boolean => type === innermost || isUnionType(type) || isWithin(schema, innermost, type);
