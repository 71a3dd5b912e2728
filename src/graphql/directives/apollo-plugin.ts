import type { ApolloServerPlugin } from '@apollo/server';
import type { GuardContext } from './guard-context.js';
import { refuseOperation } from './judge-operation.js';
import { assertGuarded } from './protect.js';

/**
 * Refuses operations before they are executed, with the errors of {@link refuseOperation}; never by validation and
 * never by rewriting, since Apollo keeps both for every user. Stops the start on a schema that is not guarded.
 */
export const accessPlugin = (): ApolloServerPlugin<GuardContext> => ({
  async serverWillStart({ schema }) {
    assertGuarded(schema);
  },
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request, contextValue: context }) {
        // Without an operation there is nothing that the executor would run.
        if (operation === undefined) return;
        const error = refuseOperation({ schema, document, operation, variables: request.variables ?? {}, context });
        if (error !== null) throw error;
      },
    };
  },
});
