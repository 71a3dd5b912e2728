import { retryAfterOf, statusOf } from '../errors.js';
import type { OperationAnswer, OperationStep } from '../operation-step.js';

/**
 * Gives an answer that holds nothing the HTTP status of its error, and no `data`: where the operation was refused, or
 * every root field failed. A client may then retry without having to look at what was done.
 */
export const statusStep: OperationStep<object> = {
  answer(_run, { result, http }) {
    const error = result.errors?.[0];
    if (error === undefined || !holdsNothing(result)) return;
    delete result.data;
    const status = statusOf(error.extensions?.['code']);
    if (status !== undefined) http.status = status;
    const retryAfter = retryAfterOf(error);
    if (retryAfter !== undefined) http.headers.set('retry-after', String(retryAfter));
  },
};

/** Whether each root field is null for an error: one that is null by itself is an answer. */
function holdsNothing({ data, errors }: OperationAnswer['result']): boolean {
  const failed = new Set(errors?.map(({ path }) => path?.[0]));
  return data == null || Object.entries(data).every(([key, value]) => value === null && failed.has(key));
}
