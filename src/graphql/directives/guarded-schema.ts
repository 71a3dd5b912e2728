import { mapSchema, MapperKind } from '@graphql-tools/utils';
import { GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, isInterfaceType } from 'graphql';
import type { GraphQLAbstractType, GraphQLFieldConfig, GraphQLSchema } from 'graphql';
import { isFieldProtected } from './compile.js';
import type { CompiledSchema } from './compile.js';
import type { GuardContext } from './guard-context.js';
import { guardIsTypeOf, guardResolveType } from './guard-types.js';
import { guard } from './guard.js';
import { createJudgingClock } from './judging-clock.js';
import { isProtected } from './requirement.js';
import { rootTypes } from './schema-types.js';

type FieldConfig = GraphQLFieldConfig<unknown, GuardContext>;

/** The same schema with its guards, which are added to `guards`. What needs none is left as it is. */
export function putGuards(schema: GraphQLSchema, compiled: CompiledSchema, guards: WeakSet<object>): GraphQLSchema {
  const roots = new Set(rootTypes(schema).map(({ name }) => name));
  const clockOf = createJudgingClock();
  const subscriptions = schema.getSubscriptionType()?.name;
  const noted = <Guard extends object>(made: Guard): Guard => {
    guards.add(made);
    return made;
  };
  return mapSchema(schema, {
    [MapperKind.COMPOSITE_FIELD]: (config: FieldConfig, fieldName, typeName) => {
      const field = compiled.ofField(typeName, fieldName);
      if (!isFieldProtected(field)) return undefined;
      const isRootField = roots.has(typeName);
      const resolve = noted(guard({ compiled: field, resolve: config.resolve, isRootField, clockOf }));
      if (typeName !== subscriptions) return { ...config, resolve };
      return {
        ...config,
        resolve,
        subscribe: noted(guard({ compiled: field, resolve: config.subscribe, isRootField, clockOf })),
      };
    },
    [MapperKind.ABSTRACT_TYPE]: (type) => {
      if (!needsResolveType(schema, compiled, type)) return undefined;
      const asksGuards = schema.getPossibleTypes(type).some(({ name }) => needsIsTypeOf(compiled, name));
      const resolveType = noted(
        guardResolveType({ compiled, asksGuards, resolveType: type.resolveType ?? undefined, clockOf }),
      );
      return isInterfaceType(type)
        ? new GraphQLInterfaceType({ ...type.toConfig(), resolveType })
        : new GraphQLUnionType({ ...type.toConfig(), resolveType });
    },
    [MapperKind.OBJECT_TYPE]: (type) => {
      if (!needsIsTypeOf(compiled, type.name)) return undefined;
      const isTypeOf = noted(
        guardIsTypeOf({ requirement: compiled.ofType(type.name).whole, isTypeOf: type.isTypeOf, clockOf }),
      );
      return new GraphQLObjectType({ ...type.toConfig(), isTypeOf });
    },
  });
}

/** Whether a value of this interface or union may turn out to be of a type that is refused. */
export const needsResolveType = (schema: GraphQLSchema, compiled: CompiledSchema, type: GraphQLAbstractType): boolean =>
  schema.getPossibleTypes(type).some(({ name }) => isProtected(compiled.ofType(name).whole));

/** Whether the object has to be there to be judged: all else has been, by the field that returned it. */
export const needsIsTypeOf = (compiled: CompiledSchema, typeName: string): boolean =>
  compiled.ofType(typeName).whole.owners.length > 0;
