import type { IncomingMessage } from 'node:http';

/** What was learned of a request in front of Fastify, which takes it from there. */
export interface HandedOver {
  readonly body: Buffer;
  /** Why it has no context. The application, which was asked for its part, is not asked again. */
  readonly fault?: { readonly error: unknown };
}

// With the request itself, by a name of its own: `request.body` is the application's.
const HANDED_OVER = Symbol('latchkey: handed over');
type Noted = IncomingMessage & { [HANDED_OVER]?: HandedOver };

export function noteHandedOver(request: IncomingMessage, handedOver: HandedOver): void {
  (request as Noted)[HANDED_OVER] = handedOver;
}

/** `undefined`: nobody of ours had the request before. */
export const handedOverOf = (request: IncomingMessage): HandedOver | undefined => (request as Noted)[HANDED_OVER];
