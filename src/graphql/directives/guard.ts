import { defaultFieldResolver } from 'graphql';
import type { GraphQLFieldResolver } from 'graphql';
import { systemClock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import type { CompiledField } from './compile.js';
import { speakerOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge } from './judge.js';
import type { JudgedCredential, RefusalCode } from './judge.js';
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
  const goesByCredential = !asksForTime && whole.owners.length === 0;
  /** Admitted last, by this requirement, which goes by nothing else: it is judged once for a list, not once a row. */
  let admitted: JudgedCredential | null = null;
  return function guarded(this: unknown, source, args, context, info) {
    // An application may give no context.
    if (admitted !== null && (context as GuardContext | null)?.credential === admitted) {
      return resolve.call<unknown, Parameters<Resolver>, unknown>(this, source, args, context, info);
    }
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
    if (goesByCredential && context.credential === speaker) admitted = cannotChange(speaker) ? speaker : null;
    return resolve.call<unknown, Parameters<Resolver>, unknown>(this, source, args, context, info);
  };
}

/** Whether this says for ever what it says now: as ours do, and hardly any of an application's own. */
function cannotChange(credential: JudgedCredential): boolean {
  const principal = fixed(credential, 'principal');
  return fixed(credential, 'kind') === 'principal' && LISTS.every((name) => isFixedList(fixed(principal, name)));
}

/** What requirements that go by the credential alone read of a principal. */
const LISTS = ['roles', 'permissions'] as const;

/** What this object has there once and for all; `undefined` where that may change, or a getter answers. */
const fixed = (object: unknown, name: string): unknown =>
  Object.isFrozen(object) ? Object.getOwnPropertyDescriptor(object ?? {}, name)?.value : undefined;

const isFixedList = (list: unknown): boolean => Array.isArray(list) && Object.isFrozen(list);

/** `FORBIDDEN` of an argument goes before a fresh proof of the password for the field. */
const isUndecided = (code: RefusalCode | null): boolean => code === null || code === 'REAUTHENTICATION_REQUIRED';
