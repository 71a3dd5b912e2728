import { isInterfaceType, isObjectType, isUnionType } from 'graphql';
import type {
  GraphQLCompositeType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLUnionType,
} from 'graphql';

/** A type with fields. */
export type Composite = GraphQLObjectType | GraphQLInterfaceType;

/** Query, Mutation and Subscription, as far as there are. */
export const rootTypes = (schema: GraphQLSchema): readonly GraphQLObjectType[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => type ?? []);

/** Every object and interface type but those of introspection. */
export const compositeTypes = (schema: GraphQLSchema): readonly Composite[] =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__') ? [type] : [],
  );

/** Every union. */
export const unionTypes = (schema: GraphQLSchema): readonly GraphQLUnionType[] =>
  Object.values(schema.getTypeMap()).filter(isUnionType);

/** Transitively, also where the type itself fails to name its interfaces' interfaces. A union has none. */
export function allInterfaces(type: GraphQLCompositeType): readonly GraphQLInterfaceType[] {
  if (isUnionType(type)) return [];
  const found = new Set<GraphQLInterfaceType>();
  const waiting = [...type.getInterfaces()];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...next.getInterfaces());
  }
  return [...found];
}
