import { mapSchema, MapperKind } from '@graphql-tools/utils';
import type { DocumentNode, GraphQLFieldConfig, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Role } from '../../domain/user.js';
import { compile, compositeTypes, rootTypes } from './compile.js';
import type { CompiledSchema } from './compile.js';
import { guard } from './guard.js';
import type { GuardContext } from './guard-context.js';
import type { Plan } from './plan.js';
import { isProtected } from './requirement.js';
import { readOwnRules } from './rules.js';
import { startupFaults } from './startup-faults.js';
import type { Coverage } from './startup-faults.js';

export interface ProtectOptions {
  /** With the resolvers in it. */
  readonly schema: GraphQLSchema;
  /** Those that this server knows; rules may name no others. */
  readonly roles: readonly Role[];
  /** Default `optional`. */
  readonly coverage?: Coverage;
}

/** What is kept of a schema that was protected. */
export interface Protection {
  readonly compiled: CompiledSchema;
  readonly guards: WeakSet<object>;
  readonly plans: WeakMap<DocumentNode, Map<OperationDefinitionNode, Plan>>;
}

// By schema and not in its `extensions`: those are copied to schemas that were made from it and changed.
const protections = new WeakMap<GraphQLSchema, Protection>();

/**
 * The same schema with a guard on every field that a rule protects; the others are left as they are. Has to be the
 * last change of the schema. Throws a `TypeError` that names every fault with its coordinate.
 */
export function protectSchema({ schema, roles, coverage = 'optional' }: ProtectOptions): GraphQLSchema {
  const ownRules = readOwnRules(schema, roles);
  const faults = [...ownRules.faults, ...startupFaults(schema, ownRules.byCoordinate, coverage)];
  if (faults.length > 0) throw startupError(faults);
  const compiled = compile(schema, ownRules.byCoordinate);
  const guards = new WeakSet();
  const guarded = wrapFields(schema, compiled, guards);
  protections.set(guarded, { compiled, guards, plans: new WeakMap() });
  assertGuarded(guarded);
  return guarded;
}

/** What was compiled for a schema that {@link protectSchema} returned; throws a `TypeError` for any other. */
export function protectionOf(schema: GraphQLSchema): Protection {
  const protection = protections.get(schema);
  if (protection === undefined) {
    throw new TypeError('the schema is not the one that protectSchema returned: protect it after every other change');
  }
  return protection;
}

/** Throws a `TypeError` unless every protected field of the schema still has its guard, outermost. */
export function assertGuarded(schema: GraphQLSchema): void {
  const { compiled, guards } = protectionOf(schema);
  const isGuard = (resolver: unknown): boolean => typeof resolver === 'function' && guards.has(resolver);
  const subscriptions = schema.getSubscriptionType();
  const faults = compositeTypes(schema).flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ name }) => isProtected(compiled.ofField(type.name, name).whole))
      .filter(({ resolve, subscribe }) => !isGuard(resolve) || (type === subscriptions && !isGuard(subscribe)))
      .map(({ name }) => `${type.name}.${name}: lost its guard: protect the schema after every other change`),
  );
  if (faults.length > 0) throw startupError(faults);
}

type FieldConfig = GraphQLFieldConfig<unknown, GuardContext>;

function wrapFields(schema: GraphQLSchema, compiled: CompiledSchema, guards: WeakSet<object>): GraphQLSchema {
  const roots = new Set(rootTypes(schema).map(({ name }) => name));
  const subscriptions = schema.getSubscriptionType()?.name;
  return mapSchema(schema, {
    [MapperKind.COMPOSITE_FIELD]: (config: FieldConfig, fieldName, typeName) => {
      const requirement = compiled.ofField(typeName, fieldName).whole;
      if (!isProtected(requirement)) return undefined;
      const isRootField = roots.has(typeName);
      const resolve = guard({ requirement, resolve: config.resolve, isRootField });
      guards.add(resolve);
      if (typeName !== subscriptions) return { ...config, resolve };
      const subscribe = guard({ requirement, resolve: config.subscribe, isRootField });
      guards.add(subscribe);
      return { ...config, resolve, subscribe };
    },
  });
}

const startupError = (faults: readonly string[]): TypeError =>
  new TypeError(`The schema cannot be guarded:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
