import { defaultFieldResolver } from 'graphql';
import type { GraphQLFieldResolver } from 'graphql';
import { systemClock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import type { CompiledField } from './compile.js';
import { speakerOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge } from './judge.js';
import type { RefusalCode } from './judge.js';
import type { ClockOf } from './judging-clock.js';
import { providedArguments } from './provided-inputs.js';

/** Any resolver: what it is given is checked by nobody but itself. */
export type Resolver = GraphQLFieldResolver<unknown, GuardContext, Readonly<Record<string, unknown>>>;

export interface GuardOptions {
  readonly compiled: Pick<CompiledField, 'whole' | 'inputs'>;
  /** Left out: the property or method of the source that bears the field's name. */
  readonly resolve: Resolver | undefined;
  readonly isRootField: boolean;
  readonly clockOf: ClockOf;
}

/**
 * A resolver that refuses, synchronously and before anything of `resolve` runs, whom the field or an argument that was
 * provided refuses. The authority: it holds however an operation got here. Throws {@link AuthError} with the codes of
 * {@link judge}.
 */
export function guard({ compiled, resolve = defaultFieldResolver, isRootField, clockOf }: GuardOptions): Resolver {
  const { whole, inputs } = compiled;
  // An operation that an unusable credential does not refuse is all @public at its root: there and below, it counts as
  // none. A root field that is not @public says what is wrong with it.
  const countsAsNone = !isRootField || whole.isPublic;
  const asksForTime = whole.maxAgeSeconds !== null || inputs.length > 0;
  return function guarded(this: unknown, source, args, context, info) {
    const speaker = speakerOf(context, countsAsNone);
    const clock = asksForTime ? clockOf(context) : systemClock;
    let code = judge(whole, speaker, clock, source);
    // Most fields have none: a long list pays for what its fields ask for, and for nothing else.
    if (inputs.length > 0 && isUndecided(code)) {
      for (const { requirement } of providedArguments(inputs, args)) {
        if (isUndecided(code)) code = judge(requirement, speaker, clock, null) ?? code;
      }
    }
    if (code !== null) throw new AuthError(code);
    return resolve.call<unknown, Parameters<Resolver>, unknown>(this, source, args, context, info);
  };
}

/** `FORBIDDEN` of an argument goes before a fresh proof of the password for the field. */
const isUndecided = (code: RefusalCode | null): boolean => code === null || code === 'REAUTHENTICATION_REQUIRED';
