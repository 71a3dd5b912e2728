import { defaultFieldResolver } from 'graphql';
import type { GraphQLFieldResolver } from 'graphql';
import { systemClock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import { credentialOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge, NO_CREDENTIAL } from './judge.js';
import type { Requirement } from './requirement.js';

/** Any resolver: what it is given is checked by nobody but itself. */
export type Resolver = GraphQLFieldResolver<unknown, GuardContext>;

export interface GuardOptions {
  readonly requirement: Requirement;
  /** Left out: the property or method of the source that bears the field's name. */
  readonly resolve: Resolver | undefined;
  readonly isRootField: boolean;
}

/**
 * A resolver that refuses, synchronously and before anything of `resolve` runs, whom the requirement refuses. The
 * authority: it holds however an operation got here. Throws {@link AuthError} with the codes of {@link judge}.
 */
export function guard({ requirement, resolve = defaultFieldResolver, isRootField }: GuardOptions): Resolver {
  return function guarded(this: unknown, source, args, context, info) {
    const credential = credentialOf(context);
    // An operation that an unusable credential does not refuse is all @public at its root: below, it counts as none.
    const speaking = credential.kind === 'unusable' && !isRootField ? NO_CREDENTIAL : credential;
    const code = judge(requirement, speaking, context.clock ?? systemClock, source);
    if (code !== null) throw new AuthError(code);
    return resolve.call<unknown, Parameters<Resolver>, unknown>(this, source, args, context, info);
  };
}
