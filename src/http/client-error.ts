import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody } from './error-body.js';

const TIMEOUT = { status: 408, message: 'The request took too long to arrive.' };
const HEADERS_TOO_LARGE = { status: 431, message: 'The headers are too large.' };
const NO_HTTP = { status: 400, message: 'This is not a well-formed HTTP request.' };

/** Answers what never became a request, in the shape of every other refusal, and closes the connection. */
export function refuseClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // https://nodejs.org/api/http.html#event-clienterror
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, message } = refusalOf(error);
  const body = JSON.stringify(errorBody('BAD_REQUEST', message));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

function refusalOf({ code }: NodeJS.ErrnoException): typeof NO_HTTP {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TIMEOUT;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : NO_HTTP;
}
