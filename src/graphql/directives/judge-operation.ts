import { GraphQLError } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Clock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import { clockOf, credentialOf } from './guard-context.js';
import type { GuardContext } from './guard-context.js';
import { judge, NO_CREDENTIAL } from './judge.js';
import type { JudgedCredential, RefusalCode } from './judge.js';
import { planOf, selectedDemands, selectedUnits } from './plan.js';
import type { Demand, Plan, Unit } from './plan.js';

/** Why a whole operation is refused. */
export interface Refusal {
  readonly code: RefusalCode;
  /** The first demand that refuses; `null` where the credential itself does. */
  readonly demand: Demand | null;
}

/** Who asks, and with what. */
export interface Asked {
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly credential: JudgedCredential;
  readonly clock: Clock;
}

/**
 * Whether the operation may start. A credential that is not usable refuses any but an operation of `@public` root
 * fields alone, for which it counts as none. A mutation or subscription is judged whole; a query is left to the
 * guards, which null what is refused. `FORBIDDEN` goes before `REAUTHENTICATION_REQUIRED`, wherever they stand.
 */
export function judgeOperation(plan: Plan, { variables, credential, clock }: Asked): Refusal | null {
  const isUnusable = credential.kind === 'unusable';
  if (isUnusable && !isAllPublic(selectedUnits(plan, variables))) return { code: credential.code, demand: null };
  if (plan.operation === 'query') return null;
  let refusal: Refusal | null = null;
  for (const demand of selectedDemands(plan, variables)) {
    const code = judge(demand.requirement, isUnusable ? NO_CREDENTIAL : credential, clock, null);
    if (code === 'REAUTHENTICATION_REQUIRED') refusal ??= { code, demand };
    else if (code !== null) return { code, demand };
  }
  return refusal;
}

const isAllPublic = (units: readonly Unit[]): boolean =>
  units.every(({ rootFields }) => rootFields.every(({ isPublic }) => isPublic));

export interface AskedOperation {
  /** The one that `protectSchema` returned. */
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: GuardContext;
}

/**
 * The error to answer in place of executing, or `null`. To be called once the document is valid, with any server. The
 * error's `originalError` is an {@link AuthError}; it says where, and its `extensions.code` why.
 */
export function refuseOperation({
  schema,
  document,
  operation,
  variables,
  context,
}: AskedOperation): GraphQLError | null {
  const asked = { variables, credential: credentialOf(context), clock: clockOf(context) };
  const refusal = judgeOperation(planOf(schema, document, operation), asked);
  if (refusal === null) return null;
  const { code, demand } = refusal;
  const originalError = new AuthError(code);
  // No name that the client did not write itself: what type it is may be nobody's business.
  const place = demand === null ? '' : `${demand.coordinate.replace(/^\w+\./, '')}: `;
  const message = place + originalError.message;
  return new GraphQLError(message, { nodes: demand?.field ?? operation, originalError, extensions: { code } });
}
