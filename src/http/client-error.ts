import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody } from './error-body.js';

interface Refusal {
  readonly status: number;
  readonly message: string;
}

const TIMEOUT: Refusal = { status: 408, message: 'The request took too long to arrive.' };
const HEADERS_TOO_LARGE: Refusal = { status: 431, message: 'The headers are too large.' };
const TOO_MANY_HEADERS: Refusal = { status: 431, message: 'There are too many headers.' };
const NOT_EXPECTED: Refusal = { status: 417, message: 'Nothing but 100-continue can be expected.' };
const NO_HTTP: Refusal = { status: 400, message: 'This is not a well-formed HTTP request.' };

/**
 * Answers what never became a request, in the shape of every other refusal, and closes the connection.
 *
 * @param newest the last response that was begun on this connection, with its request
 */
export function refuseClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  newest: ServerResponse | undefined,
): void {
  // https://nodejs.org/api/http.html#event-clienterror
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !isAnswerOwed(socket, newest)) socket.write(toText(refusalOf(error)));
  socket.destroy(error);
}

/** Refuses a request with more headers than anybody needs. */
export const refuseTooManyHeaders = (response: ServerResponse): void => refuse(response, TOO_MANY_HEADERS);

/** Refuses a request that expects what there is not. */
export const refuseExpectation = (response: ServerResponse): void => refuse(response, NOT_EXPECTED);

function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, headers, body } = toAnswer(refusal);
  response.writeHead(status, headers).end(body);
}

/** Whether what is written now would be taken for the answer to another request, or for more of an answer. */
function isAnswerOwed(socket: Socket, newest: ServerResponse | undefined): boolean {
  if (newest === undefined) return false;
  if (newest.req.complete) return !newest.writableFinished;
  return newest.headersSent || newest.socket !== socket;
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMEOUT;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : NO_HTTP;
}

function toAnswer({ status, message }: Refusal) {
  const body = JSON.stringify(errorBody('BAD_REQUEST', message));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  };
  return { status, headers, body };
}

function toText(refusal: Refusal): string {
  const { status, headers, body } = toAnswer(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n');
}
