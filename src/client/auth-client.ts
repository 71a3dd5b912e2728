/**
 * The browser's side of a session: the entry point `latchkey/client`. No framework, no dependency.
 *
 * @packageDocumentation
 */
import type { AuthClient, AuthClientOptions } from './types.js';

export { AuthClientError } from './errors.js';
export type {
  AuthClient,
  AuthClientOptions,
  AuthEvent,
  ClientSession,
  ClientTransport,
  RefreshOptions,
  SignedOut,
  SignedOutReason,
  SignInInput,
  SignUpInput,
  TokenStorage,
} from './types.js';
export type { Register, Role } from '../register.js';

/** Makes a client: one a page. @throws TypeError that names the option which is wrong */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  throw new TypeError(`not built yet: ${String(options.url)}`);
}
