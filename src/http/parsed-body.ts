import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RequestPayload } from 'fastify';
import { handedOverOf } from './handed-over.js';

/**
 * The request's body as a stream: its own, or, where that was read before, what was kept of it; by another server
 * (`express.json()`) that is what it left in `request.body`, written out again.
 *
 * @throws TypeError where the body was read and nothing was left
 */
export function replayBody(
  request: IncomingMessage & { readonly body?: unknown },
  payload: RequestPayload,
): RequestPayload {
  if (!request.readableDidRead && !request.readableEnded) return payload;
  const length = request.headers['content-length'];
  const hasBody = (length !== undefined && length !== '0') || request.headers['transfer-encoding'] !== undefined;
  // Also where there is none: a stream that has ended ends no second time, and Fastify would wait for that.
  const replayed: RequestPayload = Readable.from(hasBody ? [handedOverOf(request)?.body ?? toBytes(request.body)] : []);
  // Fastify holds it against Content-Length, which speaks of the bytes that came.
  if (length !== undefined) replayed.receivedEncodedLength = Number(length);
  return replayed;
}

function toBytes(body: unknown): Buffer {
  if (body === undefined) {
    throw new TypeError('the body was read before it got to Latchkey: put server.handler before what reads it');
  }
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}
