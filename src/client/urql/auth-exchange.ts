/**
 * urql on `latchkey/client`: the entry point `latchkey/client/urql`.
 *
 * @packageDocumentation
 */
import { makeErrorResult, makeOperation, type Exchange, type Operation, type OperationResult } from '@urql/core';
import {
  filter,
  fromArray,
  fromPromise,
  fromValue,
  makeSubject,
  merge,
  mergeMap,
  pipe,
  share,
  takeUntil,
  type Source,
} from 'wonka';
import type { AuthClient } from '../auth-client.js';
import { createOperations, type OperationAnswer, type OperationOptions, type Sent } from '../operations.js';

export type { OperationOptions as AuthExchangeOptions } from '../operations.js';

/** What an operation was sent with, in its own context. */
interface Attempt extends Sent {
  readonly isLast: boolean;
}

/**
 * An exchange behind the cache and before the one that sends: authenticates each operation, refreshes what has expired,
 * and sends once more what was refused for it. Operations fail by a network error, an `AuthClientError`, with
 * `SESSION_CHANGED` where their answer came for somebody who has gone, and with `TOKEN_REFUSED` where a fresh access
 * token was refused too. One to another `url` than that of the client, and none of `endpoints`, goes as it is, with no
 * access token. The caches of urql cannot be emptied: make a client for each user.
 *
 * @param auth whose session it is
 * @param options further addresses of the same server
 * @returns an exchange, to be put behind the cache
 * @example
 * ```ts
 * import { cacheExchange, fetchExchange } from '@urql/core';
 * import { createAuthClient } from 'latchkey/client';
 * import { createAuthExchange } from 'latchkey/client/urql';
 *
 * const auth = createAuthClient({ url: '/graphql' });
 * const exchanges = [cacheExchange, createAuthExchange(auth), fetchExchange];
 * ```
 */
export function createAuthExchange(auth: AuthClient, options: OperationOptions = {}): Exchange {
  const operations = createOperations(auth, options);

  async function prepare(operation: Operation, isLast: boolean): Promise<Operation | OperationResult> {
    try {
      if (!operations.isOurs(operation.context.url)) return operation;
      return authorize(operation, { ...(await operations.begin()), isLast });
    } catch (error) {
      return makeErrorResult(operation, error as Error);
    }
  }

  /** None, where the operation is sent once more. */
  async function renew(result: OperationResult, attempt: Attempt, again: Send): Promise<OperationResult[]> {
    try {
      if (!(await operations.renew(attempt, answerOf(result)))) return [result];
    } catch (error) {
      return [makeErrorResult(result.operation, error as Error)];
    }
    again(result.operation);
    return [];
  }

  /** At once, where there is nothing to wait for: results of one operation stay in their order. */
  function settle(result: OperationResult, again: Send): OperationResult | Promise<OperationResult[]> {
    const attempt = attemptOf(result.operation);
    const answer = answerOf(result);
    try {
      if (attempt === undefined || !operations.isRefused(attempt, answer)) return result;
      if (!attempt.isLast) return renew(result, attempt, again);
      operations.giveUp(attempt, answer);
      return result;
    } catch (error) {
      return makeErrorResult(result.operation, error as Error);
    }
  }

  return ({ forward }) =>
    (incoming$) => {
      const { source: again$, next: again } = makeSubject<Operation>();
      const operations$ = share(incoming$);
      const teardowns$ = pipe(operations$, filter(isTeardown));
      /** What is prepared or renewed for an operation that nobody waits for any more comes to nothing. */
      const whileWanted = <Value>(promise: Promise<Value>, { key }: Operation): Source<Value> =>
        pipe(
          fromPromise(promise),
          takeUntil(
            pipe(
              teardowns$,
              filter((operation) => operation.key === key),
            ),
          ),
        );

      const first$ = pipe(
        operations$,
        filter((operation) => !isTeardown(operation)),
        mergeMap((operation) => whileWanted(prepare(operation, false), operation)),
      );
      const last$ = pipe(
        again$,
        mergeMap((operation) => whileWanted(prepare(operation, true), operation)),
      );
      const prepared$ = share(merge([first$, last$]));
      const results$ = pipe(
        merge([pipe(prepared$, filter(isOperation)), teardowns$]),
        forward,
        mergeMap((result) => {
          const settled = settle(result, again);
          return settled instanceof Promise
            ? pipe(whileWanted(settled, result.operation), mergeMap(fromArray))
            : fromValue(settled);
        }),
      );
      return merge([results$, pipe(prepared$, filter(isResult))]);
    };
}

type Send = (operation: Operation) => void;

const isTeardown = ({ kind }: Operation): boolean => kind === 'teardown';
const isResult = (value: Operation | OperationResult): value is OperationResult => 'operation' in value;
const isOperation = (value: Operation | OperationResult): value is Operation => !isResult(value);

const attemptOf = ({ context }: Operation): Attempt | undefined => context['authAttempt'] as Attempt | undefined;

function authorize(operation: Operation, attempt: Attempt): Operation {
  const { context } = operation;
  const given = typeof context.fetchOptions === 'function' ? context.fetchOptions() : context.fetchOptions;
  const headers = Object.fromEntries(new Headers(given?.headers));
  if (attempt.accessToken !== null) headers['authorization'] = `Bearer ${attempt.accessToken}`;
  return makeOperation(operation.kind, operation, {
    ...context,
    fetchOptions: { ...given, headers },
    authAttempt: attempt,
  });
}

const answerOf = ({ data, error, operation }: OperationResult): OperationAnswer => ({
  errors: error?.graphQLErrors ?? [],
  hasData: data !== undefined,
  isQuery: operation.kind === 'query',
});
