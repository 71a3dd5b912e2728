import type { GuardContext } from '../directives/guard-context.js';
import { refuseOperation } from '../directives/judge-operation.js';
import { assertGuarded } from '../directives/protect.js';
import type { OperationStep } from '../operation-step.js';

/**
 * Refuses operations before they are executed, with the errors of {@link refuseOperation}; never by validation and
 * never by rewriting, since both are kept for every user. Stops the start on a schema that is not guarded.
 */
export const accessStep: OperationStep<GuardContext> = {
  start: assertGuarded,
  judge({ schema, resolved, variables, context }) {
    const error = refuseOperation({ schema, ...resolved, variables, context });
    if (error !== null) throw error;
  },
};
