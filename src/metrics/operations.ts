import { Histogram, type Registry } from 'prom-client';
import { ERROR_CODES } from '../domain/errors.js';
import { planOf, rootFields } from '../graphql/directives/plan.js';
import type { OperationRun, OperationStep } from '../graphql/operation-step.js';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Apollo's own, beside `ErrorCode`. */
const APOLLO_CODES = [
  ...['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'BAD_REQUEST'],
];
const KNOWN_CODES = new Set<unknown>([...ERROR_CODES, ...APOLLO_CODES]);

/** An application's codes may be of any number, and name anybody. */
const refusalOf = (code: unknown): string => (KNOWN_CODES.has(code) ? String(code) : 'OTHER');

/**
 * Times operations by type and root field: names of the schema, so that no client can make up more of them, as it can
 * names of operations.
 */
export function createOperationsStep(registry: Registry): OperationStep {
  const duration = new Histogram({
    name: 'latchkey_graphql_duration_seconds',
    help: 'How long operations take, by type, root field (several: more than one; none: refused before it was known) and outcome: ok, partial, or the code of the refusal.',
    labelNames: ['type', 'field', 'outcome'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return {
    answer(run, { result: { data, errors } }) {
      const outcome =
        errors === undefined ? 'ok' : data == null ? refusalOf(errors[0]?.extensions?.['code']) : 'partial';
      const { type, field } = labelsOf(run);
      duration.observe({ type, field, outcome }, (performance.now() - run.beganAtMs) / 1000);
    },
  };
}

function labelsOf({ schema, resolved, variables }: OperationRun): { readonly type: string; readonly field: string } {
  if (resolved === null || !schema.getRootType(resolved.operation.operation)) return { type: 'none', field: 'none' };
  const { document, operation } = resolved;
  const fields = new Set(rootFields(planOf(schema, document, operation), variables).map(({ fieldName }) => fieldName));
  const [field = 'none'] = fields;
  return { type: operation.operation, field: fields.size > 1 ? 'several' : field };
}
