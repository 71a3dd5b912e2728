import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import { AuthError } from '../domain/errors.js';
import { costOf } from './cost.js';

/**
 * Refuses an operation that costs more than `most` (`OPERATION_TOO_COMPLEX`), before it is executed and never by
 * validation: the cost hangs on variables, and Apollo keeps for every user what it has validated.
 */
export function costPlugin(most: number): ApolloServerPlugin {
  // Of those that no variable changes; kept as long as Apollo keeps the document.
  const known = new WeakMap<OperationDefinitionNode, number>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request: { variables = {} } }) {
          // Without such an operation there is nothing that the executor would run.
          if (operation === undefined || !schema.getRootType(operation.operation)) return;
          const cost = known.get(operation) ?? costOf({ schema, document, operation, variables });
          if (!operation.variableDefinitions?.length) known.set(operation, cost);
          if (cost > most) {
            throw new AuthError('OPERATION_TOO_COMPLEX', {
              message: `The operation would resolve too many fields: it costs ${cost}, more than ${most}.`,
            });
          }
        },
      };
    },
  };
}
