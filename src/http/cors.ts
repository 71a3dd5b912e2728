import type { FastifyCorsOptions } from '@fastify/cors';
import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import type { IsAllowedOrigin } from './csrf.js';

const MAX_AGE_SECONDS = 600;
const EXPOSED = 'retry-after';

/** What pages of other origins may ask and see: those that are allowed, with their cookies. */
export const corsOptions = (isAllowedOrigin: IsAllowedOrigin): FastifyCorsOptions => ({
  origin: (origin, callback) => {
    callback(null, origin !== undefined && isAllowedOrigin(origin));
  },
  credentials: true,
  methods: ['GET', 'POST'],
  allowedHeaders: ['content-type', 'authorization', 'x-session-transport', 'apollo-require-preflight'],
  exposedHeaders: [EXPOSED],
  maxAge: MAX_AGE_SECONDS,
  cacheControl: 'no-store',
  strictPreflight: false,
});

/** What an answer of our own says of it to a page whose origin is allowed. */
export const corsHeaders = (origin: string): OutgoingHttpHeaders => ({
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': EXPOSED,
});

/** `Vary`, as far as another server has set it, with what answers of ours differ by. */
export function varyByOrigin(given: OutgoingHttpHeader | undefined): string {
  if (given === undefined || given === '') return 'Origin';
  const fields = String(given);
  return /(?:^|,)\s*(?:\*|origin)\s*(?:,|$)/i.test(fields) ? fields : `${fields}, Origin`;
}
