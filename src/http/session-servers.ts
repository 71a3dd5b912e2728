import type { Role } from '../domain/user.js';
import type { SessionReader } from './session-reader.js';

/** What a server knows of sessions, for requests that are not its own. */
export interface SessionServer {
  readonly reader: SessionReader;
  /** Every role that it knows. */
  readonly roles: readonly Role[];
}

// By the request that passed through its handler, or by the server itself: several servers may share a process.
const servers = new WeakMap<object, SessionServer>();

/** Remembers whose the request, or the server that an application holds, is. */
export const rememberServer = (key: object, server: SessionServer): void => void servers.set(key, server);

/**
 * The server that was named, or through whose handler the request came.
 *
 * @throws TypeError where there is none
 */
export function findServer(named: object | undefined, request: object, caller: string): SessionServer {
  const raw = 'raw' in request && typeof request.raw === 'object' && request.raw !== null ? request.raw : request;
  const found = servers.get(named ?? raw);
  if (found !== undefined) return found;
  throw new TypeError(`${caller}: install server.handler before it, or name the server: { server }`);
}
