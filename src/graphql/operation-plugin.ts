import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { AuthError } from '../domain/errors.js';
import type { GraphQLContext, Transport } from './context.js';
import { planOf, rootFields } from './directives/plan.js';

/** Of these an operation holds at most one: 100 aliases would be 100 tries, and one answer has room for one pair. */
const CREDENTIAL_FIELDS = new Set(['signUp', 'signIn', 'reauthenticate', 'refreshSession']);
const SIGN_IN_FIELDS = new Set(['signUp', 'signIn']);

/**
 * Refuses, before anything runs, an operation of a type that the schema does not have
 * (`OPERATION_RESOLUTION_FAILURE`), one with more than one exchange of credentials (`OPERATION_TOO_COMPLEX`), and one
 * that would set or clear cookies for a page that may not have that (`CSRF_BLOCKED`: login and logout CSRF).
 */
export const operationPlugin: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request, contextValue: { transport } }) {
        if (operation === undefined) return;
        if (!schema.getRootType(operation.operation)) {
          throw new GraphQLError(`There is no ${operation.operation} here.`, {
            nodes: operation,
            extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
          });
        }
        if (operation.operation !== OperationTypeNode.MUTATION) return;
        const plan = planOf(schema, document, operation);
        const fields = rootFields(plan, request.variables ?? {}).map(({ fieldName }) => fieldName);
        if (fields.filter((field) => CREDENTIAL_FIELDS.has(field)).length > 1) {
          throw new AuthError('OPERATION_TOO_COMPLEX', {
            message: `An operation holds at most one of ${[...CREDENTIAL_FIELDS].join(', ')}.`,
          });
        }
        if (changesCookies(fields, transport)) transport.checkMaySetCookies();
      },
    };
  },
};

/** Whether these root fields set cookies or, unless an access token came by header, clear them. */
const changesCookies = (fields: readonly string[], transport: Transport): boolean =>
  (fields.some((field) => SIGN_IN_FIELDS.has(field)) && transport.signInKind() === 'cookie') ||
  (fields.includes('reauthenticate') && transport.accessTokenKind === 'cookie') ||
  (fields.includes('signOut') && transport.accessTokenKind !== 'header');
