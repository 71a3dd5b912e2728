import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import { AuthError } from '../domain/errors.js';
import type { GraphQLContext } from './context.js';
import { planOf, rootFields } from './directives/plan.js';

/** Of these an operation holds at most one: 100 aliases would be 100 tries, and one answer has room for one pair. */
const CREDENTIAL_FIELDS = new Set([
  'signUp',
  'signIn',
  'reauthenticate',
  'refreshSession',
  'changePassword',
  'resetPassword',
]);
const SIGN_IN_FIELDS = new Set(['signUp', 'signIn']);

/**
 * Refuses, before anything runs, an operation with more than one exchange of credentials (`OPERATION_TOO_COMPLEX`),
 * and a sign-in that would set cookies for a page that may not have them set (`CSRF_BLOCKED`: login CSRF).
 */
export const signInPlugin: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request, contextValue }) {
        if (operation?.operation !== OperationTypeNode.MUTATION) return;
        const plan = planOf(schema, document, operation);
        const fields = rootFields(plan, request.variables ?? {}).map(({ fieldName }) => fieldName);
        if (fields.filter((field) => CREDENTIAL_FIELDS.has(field)).length > 1) {
          throw new AuthError('OPERATION_TOO_COMPLEX', {
            message: `An operation holds at most one of ${[...CREDENTIAL_FIELDS].join(', ')}.`,
          });
        }
        const { transport } = contextValue;
        if (fields.some((field) => SIGN_IN_FIELDS.has(field)) && transport.signInKind() === 'cookie') {
          transport.checkMaySetCookies();
        }
      },
    };
  },
};
