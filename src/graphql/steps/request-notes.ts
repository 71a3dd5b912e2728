import type { IncomingMessage } from 'node:http';
import type { GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { OperationStep } from '../operation-step.js';

/** What the log says of a GraphQL request beside how it was answered. Nothing of its variables, which hold passwords. */
export interface RequestNotes {
  /** The client's own word; `null` where the operation has no name. */
  readonly operation: string | null;
  /** `null` where the document could not be read. */
  readonly operationType: OperationTypeNode | null;
  /** Who asked; `null`: nobody who is signed in. */
  readonly userId: string | null;
  /** Of the errors in the answer, each once. */
  readonly codes: readonly string[];
  /** By which the log has what clients see no more of; left out: there was no fault. */
  readonly errorIds?: readonly string[];
}

// With the request itself: a weak map of as many as there are requests keeps the garbage collector busy.
const NOTES = Symbol('latchkey: notes');
type Noted = IncomingMessage & { [NOTES]?: RequestNotes };

/** What was noted of a request; `undefined`: it was no operation. */
export const notesOf = (request: IncomingMessage): RequestNotes | undefined => (request as Noted)[NOTES];

/** A document may be a hundred kilobytes of one name. */
const LONGEST_NAME = 100;
/** A list may hold thousands. */
const MOST_IDS = 10;

/** Notes each operation for the line that the log has of its request. */
export const requestNotesStep: OperationStep = {
  answer({ context: { request, principal }, resolved }, { result: { errors } }) {
    const { name, operation: operationType = null } = resolved?.operation ?? {};
    (request as Noted)[NOTES] = {
      operation: name?.value.slice(0, LONGEST_NAME) ?? null,
      operationType,
      userId: principal?.userId ?? null,
      ...(errors === undefined ? NO_ERRORS : describe(errors)),
    };
  },
};

type ErrorNotes = Pick<RequestNotes, 'codes' | 'errorIds'>;

const NO_ERRORS: ErrorNotes = { codes: [] };

function describe(errors: readonly GraphQLFormattedError[]): ErrorNotes {
  const codes = [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))];
  const faults = errors.filter(({ extensions }) => extensions?.['code'] === 'INTERNAL_SERVER_ERROR');
  const errorIds = faults.slice(0, MOST_IDS).map(({ extensions }) => String(extensions?.['id']));
  return errorIds.length === 0 ? { codes } : { codes, errorIds };
}
