/**
 * The browser's side of a session: the entry point `latchkey/client`. No framework, no dependency.
 *
 * @packageDocumentation
 */
import { createClient } from './client.js';
import { findEnvironment } from './environment.js';
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

/**
 * Makes a client: one a page.
 *
 * @throws TypeError that names the option which is wrong
 */
export const createAuthClient = (options: AuthClientOptions): AuthClient => createClient(options, findEnvironment());
