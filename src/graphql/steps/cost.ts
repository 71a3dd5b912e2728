import type { OperationDefinitionNode } from 'graphql';
import { AuthError } from '../../domain/errors.js';
import { costOf, type CostedOperation } from '../cost.js';
import type { OperationStep } from '../operation-step.js';

/**
 * Refuses an operation that costs more than `most` (`OPERATION_TOO_COMPLEX`), before it is executed and never by
 * validation: the cost hangs on variables, and what was validated is kept for every user.
 */
export function costStep(most: number): OperationStep<object> {
  // Of those that no variable changes; kept as long as the document is.
  const known = new WeakMap<OperationDefinitionNode, number>();

  function count(costed: CostedOperation): number {
    const { cost, isFixed } = costOf(costed);
    if (isFixed) known.set(costed.operation, cost);
    return cost;
  }

  return {
    judge({ schema, variables, resolved: { document, operation } }) {
      // Without such a type there is nothing that the executor would run.
      if (!schema.getRootType(operation.operation)) return;
      const cost = known.get(operation) ?? count({ schema, document, operation, variables });
      if (cost > most) {
        throw new AuthError('OPERATION_TOO_COMPLEX', {
          message: `The operation would resolve too many fields: it costs ${cost}, more than ${most}.`,
        });
      }
    },
  };
}
