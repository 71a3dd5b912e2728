import { defaultTypeResolver } from 'graphql';
import type { GraphQLIsTypeOfFn, GraphQLResolveInfo, GraphQLTypeResolver } from 'graphql';
import { AuthError } from '../../domain/errors.js';
import type { CompiledSchema } from './compile.js';
import { clockOf, speakerOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge } from './judge.js';
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
}

/**
 * `resolveType` of an interface or union, so that a value whose runtime type is refused is null, whatever is selected of
 * it. Synchronous wherever the application's own is.
 */
export function guardResolveType({
  compiled,
  asksGuards,
  resolveType = defaultTypeResolver,
}: TypeGuardOptions): TypeResolver {
  return function guardedResolveType(value, context, info, abstractType) {
    const admit = (typeName: string | undefined): string | undefined => {
      // What is no name of a type, the executor refuses.
      if (typeof typeName === 'string') assertAdmitted(compiled.ofType(typeName).whole, context, value);
      return typeName;
    };
    const typeName = resolveType(value, context, asksGuards ? askingForType(info) : info, abstractType);
    return isPromise(typeName) ? typeName.then(admit) : admit(typeName);
  };
}

/**
 * `isTypeOf` of an object type with `@owner`, so that an object that is refused is null, whatever is selected of it.
 * Left out, every value that reaches a field of this type is of it. Asked by anybody but the executor, it judges nobody.
 */
export function guardIsTypeOf(requirement: Requirement, isTypeOf: IsTypeOf | null | undefined): IsTypeOf {
  return function guardedIsTypeOf(value, context, info) {
    if (!isCompleting(info)) return isTypeOf?.(value, context, info) ?? false;
    const admit = (is: boolean): boolean => {
      if (is) assertAdmitted(requirement, context, value);
      return is;
    };
    const is = isTypeOf == null ? true : isTypeOf(value, context, info);
    return isPromise(is) ? is.then(admit) : admit(is);
  };
}

/** Whether the executor asks, to go on with the value; others may ask without `info`. */
const isCompleting = (info: GraphQLResolveInfo | undefined): boolean => info !== undefined && !asksForType.has(info);

function assertAdmitted(requirement: Requirement, context: GuardContext, value: unknown): void {
  if (!isProtected(requirement)) return;
  const code = judge(requirement, speakerOf(context, true), clockOf(context), value);
  if (code !== null) throw new AuthError(code);
}

const isPromise = <Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> & Promise<Value> =>
  typeof (value as PromiseLike<Value> | null | undefined)?.then === 'function';
