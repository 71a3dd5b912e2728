import type { IncomingMessage } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationTypeNode } from 'graphql';
import type { GraphQLContext } from './context.js';

/** What the log says of a GraphQL request beside how it was answered. Nothing of its variables, which hold passwords. */
export interface RequestNotes {
  /** The client's own word; `null` where the operation has no name. */
  readonly operation: string | null;
  /** `null` where the document could not be read. */
  readonly operationType: OperationTypeNode | null;
  /** Who asked; `null`: nobody who is signed in. */
  readonly userId: string | null;
  /** Of the errors in the answer, each once. */
  readonly codes: readonly string[];
}

/** By the request that they are about. */
export type RequestNotebook = WeakMap<IncomingMessage, RequestNotes>;

/** A document may be a hundred kilobytes of one name. */
const LONGEST_NAME = 100;

/** Notes each operation for the line that the log has of its request. */
export const requestNotesPlugin = (notebook: RequestNotebook): ApolloServerPlugin<GraphQLContext> => ({
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue, operation, response: { body } }) {
        const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
        notebook.set(contextValue.request, {
          operation: operation?.name?.value.slice(0, LONGEST_NAME) ?? null,
          operationType: operation?.operation ?? null,
          userId: contextValue.principal?.userId ?? null,
          codes: [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))],
        });
      },
    };
  },
});
