import { defaultTypeResolver } from 'graphql';
import type { GraphQLIsTypeOfFn, GraphQLResolveInfo, GraphQLTypeResolver } from 'graphql';
import { AuthError } from '../../domain/errors.js';
import type { CompiledSchema } from './compile.js';
import { speakerOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge } from './judge.js';
import type { ClockOf } from './judging-clock.js';
import { isProtected } from './requirement.js';
import type { Requirement } from './requirement.js';

export type TypeResolver = GraphQLTypeResolver<unknown, GuardContext>;
export type IsTypeOf = GraphQLIsTypeOfFn<unknown, GuardContext>;

/**
 * `info` as it is given to whatever finds out a runtime type. Who may see the value is judged once its type is known;
 * until then `isTypeOf` is to answer what it is asked, and a type without one must not claim every value.
 */
const asksForType = new WeakSet<GraphQLResolveInfo>();

function askingForType(info: GraphQLResolveInfo): GraphQLResolveInfo {
  const marked = { ...info };
  asksForType.add(marked);
  return marked;
}

export interface TypeGuardOptions {
  readonly compiled: CompiledSchema;
  /** Whether a possible type has an `isTypeOf` that is guarded. */
  readonly asksGuards: boolean;
  /** Left out, the default: `__typename` of the value, else the `isTypeOf` of the possible types. */
  readonly resolveType: TypeResolver | undefined;
  readonly clockOf: ClockOf;
}

/**
 * `resolveType` of an interface or union, so that a value whose runtime type is refused is null, whatever is selected of
 * it. Synchronous wherever the application's own is.
 */
export function guardResolveType({
  compiled,
  asksGuards,
  resolveType = defaultTypeResolver,
  clockOf,
}: TypeGuardOptions): TypeResolver {
  const admit = (typeName: string | undefined, context: GuardContext, value: unknown): string | undefined => {
    // What is no name of a type, the executor refuses.
    if (typeof typeName === 'string') assertAdmitted(compiled.ofType(typeName).whole, context, value, clockOf);
    return typeName;
  };
  return function guardedResolveType(value, context, info, abstractType) {
    const typeName = resolveType(value, context, asksGuards ? askingForType(info) : info, abstractType);
    // The closure is made where it is needed alone: a list would pay for one a value.
    if (isPromise(typeName)) return typeName.then((name) => admit(name, context, value));
    return admit(typeName, context, value);
  };
}

export interface IsTypeOfOptions {
  /** What the type asks for. */
  readonly requirement: Requirement;
  readonly isTypeOf: IsTypeOf | null | undefined;
  readonly clockOf: ClockOf;
}

/**
 * `isTypeOf` of an object type with `@owner`, so that an object that is refused is null, whatever is selected of it.
 * Left out, every value that reaches a field of this type is of it. Asked by anybody but the executor, it judges nobody.
 */
export function guardIsTypeOf({ requirement, isTypeOf, clockOf }: IsTypeOfOptions): IsTypeOf {
  const admit = (is: boolean, context: GuardContext, value: unknown): boolean => {
    if (is) assertAdmitted(requirement, context, value, clockOf);
    return is;
  };
  return function guardedIsTypeOf(value, context, info) {
    if (!isCompleting(info)) return isTypeOf?.(value, context, info) ?? false;
    const is = isTypeOf == null ? true : isTypeOf(value, context, info);
    if (isPromise(is)) return is.then((later) => admit(later, context, value));
    return admit(is, context, value);
  };
}

/** Whether the executor asks, to go on with the value; others may ask without `info`. */
const isCompleting = (info: GraphQLResolveInfo | undefined): boolean => info !== undefined && !asksForType.has(info);

function assertAdmitted(requirement: Requirement, context: GuardContext, value: unknown, clockOf: ClockOf): void {
  if (!isProtected(requirement)) return;
  const code = judge(requirement, speakerOf(context, true), clockOf(context), value);
  if (code !== null) throw new AuthError(code);
}

const isPromise = <Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> & Promise<Value> =>
  typeof (value as PromiseLike<Value> | null | undefined)?.then === 'function';
