import { getNamedType, GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';
import { AuthError } from '../../domain/errors.js';
import type { Transport } from '../context.js';
import { planOf, rootFields } from '../directives/plan.js';
import type { OperationStep } from '../operation-step.js';
import { bindAuth } from '../speaking.js';

/** Of these an operation holds at most one: 100 aliases would be 100 tries, and one answer has room for one pair. */
const CREDENTIAL_FIELDS = new Set([
  ...['signUp', 'signIn', 'reauthenticate', 'refreshSession', 'changePassword', 'resetPassword'],
]);
/** These give the session in use a fresh pair, by the way its access token came. */
const RENEWAL_FIELDS = ['reauthenticate', 'changePassword'];

/** Whether the field of `Mutation` starts a session: ours, and those of an application, by what they answer. */
const isSignIn = (schema: GraphQLSchema, field: string): boolean => {
  const type = schema.getMutationType()?.getFields()[field]?.type;
  return type !== undefined && getNamedType(type).name === 'SignInPayload';
};

/**
 * Binds `context.auth` to the context of the operation. Refuses, before anything runs, an operation of a type that the
 * schema does not have (`OPERATION_RESOLUTION_FAILURE`), one with more than one exchange of credentials
 * (`OPERATION_TOO_COMPLEX`), and one that would set or clear cookies for a page that may not have that (`CSRF_BLOCKED`: login and logout CSRF).
 */
export const credentialsStep: OperationStep = {
  begin: ({ context }) => bindAuth(context),
  judge({ schema, variables, context: { transport }, resolved: { document, operation } }) {
    if (!schema.getRootType(operation.operation)) {
      throw new GraphQLError(`There is no ${operation.operation} here.`, {
        nodes: operation,
        extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
      });
    }
    if (operation.operation !== OperationTypeNode.MUTATION) return;
    const plan = planOf(schema, document, operation);
    const fields = rootFields(plan, variables).map(({ fieldName }) => fieldName);
    const signIns = fields.filter((field) => isSignIn(schema, field));
    const exchanges = fields.filter((field) => CREDENTIAL_FIELDS.has(field) || signIns.includes(field));
    if (exchanges.length > 1) {
      throw new AuthError('OPERATION_TOO_COMPLEX', {
        message: `An operation holds at most one of ${[...new Set([...CREDENTIAL_FIELDS, ...signIns])].join(', ')}.`,
      });
    }
    if (changesCookies({ signsIn: signIns.length > 0, fields }, transport)) transport.checkMaySetCookies();
  },
};

/** Whether these root fields set cookies or, unless an access token came by header, clear them. */
const changesCookies = (
  { signsIn, fields }: { readonly signsIn: boolean; readonly fields: readonly string[] },
  transport: Transport,
): boolean =>
  (signsIn && transport.signInKind() === 'cookie') ||
  (RENEWAL_FIELDS.some((field) => fields.includes(field)) && transport.accessTokenKind === 'cookie') ||
  (fields.includes('signOut') && transport.accessTokenKind !== 'header');
