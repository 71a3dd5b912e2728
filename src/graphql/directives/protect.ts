import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Role } from '../../domain/user.js';
import { compile } from './compile.js';
import type { CompiledSchema } from './compile.js';
import { putGuards } from './guarded-schema.js';
import { inputFaults } from './input-faults.js';
import { lostGuards } from './lost-guards.js';
import type { Plan } from './plan.js';
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
 * The same schema with a guard on every field and type that a rule protects; the others are left as they are. Has to be
 * the last change of the schema. Throws a `TypeError` that names every fault with its coordinate.
 */
export function protectSchema(options: ProtectOptions): GraphQLSchema {
  const { faults, compiled } = protectionFaults(options);
  if (faults.length > 0) throw startupError(faults);
  const guards = new WeakSet();
  const guarded = putGuards(options.schema, compiled, guards);
  protections.set(guarded, { compiled, guards, plans: new WeakMap() });
  assertGuarded(guarded);
  return guarded;
}

/** What {@link protectSchema} objects to, each with its coordinate; and what it would guard. */
export function protectionFaults({ schema, roles, coverage = 'optional' }: ProtectOptions): {
  readonly faults: readonly string[];
  readonly compiled: CompiledSchema;
} {
  const { byCoordinate, faults } = readOwnRules(schema, roles);
  const compiled = compile(schema, byCoordinate);
  return {
    faults: [...faults, ...startupFaults(schema, byCoordinate, coverage), ...inputFaults(schema, compiled)],
    compiled,
  };
}

/** What was compiled for a schema that {@link protectSchema} returned; throws a `TypeError` for any other. */
export function protectionOf(schema: GraphQLSchema): Protection {
  const protection = protections.get(schema);
  if (protection === undefined) {
    throw new TypeError('the schema is not the one that protectSchema returned: protect it after every other change');
  }
  return protection;
}

/** Throws a `TypeError` unless every protected field and type of the schema still has its guard, outermost. */
export function assertGuarded(schema: GraphQLSchema): void {
  const { compiled, guards } = protectionOf(schema);
  const faults = lostGuards(schema, compiled, guards);
  if (faults.length > 0) throw startupError(faults);
}

/** All faults of a schema as one error. */
export const startupError = (faults: readonly string[]): TypeError =>
  new TypeError(`The schema cannot be guarded:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
