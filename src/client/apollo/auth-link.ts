/**
 * Apollo Client on `latchkey/client`: the entry point `latchkey/client/apollo`.
 *
 * @packageDocumentation
 */
import { ApolloLink, ServerError, type ApolloClient, type Observable } from '@apollo/client';
import { catchError, concatMap, defer, from, of, switchMap, throwError } from 'rxjs';
import type { AuthClient } from '../auth-client.js';
import { createOperations, type OperationAnswer, type OperationOptions, type Sent } from '../operations.js';

export type { OperationOptions as AuthLinkOptions } from '../operations.js';

/**
 * A link before the one that sends: authenticates each operation, refreshes what has expired, and sends once more what
 * was refused for it. Whenever somebody else is signed in than before, in whichever tab, the store of the Apollo Client
 * is reset before React renders: nobody sees what was fetched for another, and active queries are fetched again. An
 * operation whose context names another `uri` than that of the client, and none of `endpoints`, goes as it is, with no
 * access token. Where the link that sends leads by itself, no link can see: put this one before none that leads to
 * another server.
 *
 * Operations fail by `AuthClientError` with `SESSION_CHANGED` where their answer came for somebody who has gone, and
 * with `TOKEN_REFUSED` where a fresh access token was refused too.
 *
 * @param auth whose session it is
 * @param options further addresses of the same server
 * @returns a link, to be put before the one that sends
 * @example
 * ```ts
 * import { HttpLink } from '@apollo/client';
 * import { createAuthClient } from 'latchkey/client';
 * import { createAuthLink } from 'latchkey/client/apollo';
 *
 * const auth = createAuthClient({ url: '/graphql' });
 * const link = createAuthLink(auth).concat(new HttpLink({ uri: '/graphql' }));
 * ```
 */
export function createAuthLink(auth: AuthClient, options: OperationOptions = {}): ApolloLink {
  const operations = createOperations(auth, options);
  const follow = createReset(auth);

  function send(operation: ApolloLink.Operation, forward: ApolloLink.ForwardFunction, isLast: boolean): Results {
    const attempt = (sent: Sent): Results => {
      authorize(operation, sent);
      return forward(operation).pipe(
        concatMap((result) => settle(sent, answerOf(operation, result), () => of(result))),
        catchError((error: unknown) =>
          ServerError.is(error)
            ? settle(sent, answerOf(operation, parseBody(error)), () => throwError(() => error))
            : throwError(() => error),
        ),
      );
    };
    const settle = (sent: Sent, answer: OperationAnswer, pass: () => Results): Results => {
      if (!operations.isRefused(sent, answer)) return pass();
      if (isLast) {
        operations.giveUp(sent, answer);
        return pass();
      }
      return from(operations.renew(sent, answer)).pipe(
        switchMap((isRenewed) => (isRenewed ? send(operation, forward, true) : pass())),
      );
    };
    return defer(() => from(operations.begin())).pipe(switchMap(attempt));
  }

  return new ApolloLink((operation, forward) => {
    follow(operation.client);
    return operations.isOurs(operation.getContext()['uri']) ? send(operation, forward, false) : forward(operation);
  });
}

type Results = Observable<ApolloLink.Result>;

/** Resets the store of each Apollo Client that it was told of, as soon as another user, or nobody, is signed in. */
function createReset(auth: AuthClient): (apollo: ApolloClient) => void {
  const followed = new Set<ApolloClient>();
  const userId = (): string | null => auth.session()?.userId ?? null;
  let known = userId();
  auth.subscribe(() => {
    const now = userId();
    if (now === known) return;
    known = now;
    // What cannot be fetched again, each query says for itself.
    for (const apollo of followed) void apollo.resetStore().catch(() => undefined);
  });
  return (apollo) => void followed.add(apollo);
}

function authorize(operation: ApolloLink.Operation, { accessToken }: Sent): void {
  if (accessToken === null) return;
  operation.setContext(({ headers }) => ({
    headers: { ...(headers as Record<string, string> | undefined), authorization: `Bearer ${accessToken}` },
  }));
}

const answerOf = ({ operationType }: ApolloLink.Operation, body: unknown): OperationAnswer => {
  const { errors } = body as { readonly errors?: OperationAnswer['errors'] };
  return {
    errors: Array.isArray(errors) ? errors : [],
    hasData: 'data' in (body as object),
    isQuery: operationType === 'query',
  };
};

/** Of an answer with an HTTP status that Apollo takes for a failure. */
function parseBody({ bodyText }: ServerError): object {
  try {
    const body: unknown = JSON.parse(bodyText);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}
