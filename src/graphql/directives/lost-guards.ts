import { isAbstractType, isObjectType } from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { isFieldProtected } from './compile.js';
import type { CompiledSchema } from './compile.js';
import { needsIsTypeOf, needsResolveType } from './guarded-schema.js';
import { compositeTypes, unionTypes } from './schema-types.js';

/** The fields and types that a rule protects and no guard does, each with its coordinate. */
export function lostGuards(schema: GraphQLSchema, compiled: CompiledSchema, guards: WeakSet<object>): string[] {
  const isGuard = (given: unknown): boolean => typeof given === 'function' && guards.has(given);
  const subscriptions = schema.getSubscriptionType();
  const fields = compositeTypes(schema).flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ name }) => isFieldProtected(compiled.ofField(type.name, name)))
      .filter(({ resolve, subscribe }) => !isGuard(resolve) || (type === subscriptions && !isGuard(subscribe)))
      .map(({ name }) => `${type.name}.${name}`),
  );
  const isBare = (type: GraphQLNamedType): boolean =>
    (isAbstractType(type) && needsResolveType(schema, compiled, type) && !isGuard(type.resolveType)) ||
    (isObjectType(type) && needsIsTypeOf(compiled, type.name) && !isGuard(type.isTypeOf));
  const types = [...compositeTypes(schema), ...unionTypes(schema)].filter(isBare).map(({ name }) => name);
  return [...fields, ...types].map(
    (coordinate) => `${coordinate}: lost its guard: protect the schema after every other change`,
  );
}
