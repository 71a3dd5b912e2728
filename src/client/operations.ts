import { systemClock } from './clock.js';
import { AuthClientError } from './errors.js';
import { createIncurable } from './incurable.js';
import { CODES } from './refusal.js';
import type { AuthClient, ClientSession } from './types.js';

/** Operations that go another way than by the client's own `fetch`, such as a link of Apollo. */
export interface Operations {
  /** Whether the address may be sent the access token, and so whether its answers are about it; none is that of the client. */
  isOurs(address: unknown): boolean;
  /**
   * Before an operation is sent: the access token is good then, as far as is known. Rejects where it has to be refreshed
   * and cannot be, and where somebody else signed in meanwhile.
   */
  begin(): Promise<Sent>;
  /**
   * Whether the answer refuses the access token, and a refresh may help. Throws `SESSION_CHANGED` where the answer came
   * for somebody who is not the one here now, and as `giveUp` does where no refresh helped a while ago.
   */
  isRefused(sent: Sent, answer: OperationAnswer): boolean;
  /**
   * Makes sure of a session that is newer than the one which was refused: whether to send the operation once more. Never
   * a mutation of which something ran.
   */
  renew(sent: Sent, answer: OperationAnswer): Promise<boolean>;
  /** The operation was sent once more, and refused once more; throws where nothing of it was answered. */
  giveUp(sent: Sent, answer: OperationAnswer): void;
}

/** What an operation was sent with. */
export interface Sent {
  /** `null`: nobody's. */
  readonly session: ClientSession | null;
  readonly version: number;
  /** Header transport's. */
  readonly accessToken: string | null;
}

export interface OperationAnswer {
  readonly errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[];
  /** Whether something may have run: there is `data`, be it null. */
  readonly hasData: boolean;
  readonly isQuery: boolean;
}

/** What a link or an exchange takes beside the client. */
export interface OperationOptions {
  /** Further addresses of the same server that may be sent the access token, beside the `url` of the client. */
  readonly endpoints?: readonly (string | URL)[] | undefined;
}

export function createOperations(client: AuthClient, { endpoints = [] }: OperationOptions = {}): Operations {
  const incurable = createIncurable(systemClock);

  function assertStill(before: ClientSession | null, mayBeNobody: boolean): void {
    const now = client.session();
    if (before === null || now?.userId === before.userId || (now === null && mayBeNobody)) return;
    throw new AuthClientError('SESSION_CHANGED', 'Somebody else signed in, or the user signed out, in the meantime.');
  }

  function refuse(code: unknown, { hasData }: OperationAnswer): void {
    if (hasData) return;
    throw new AuthClientError(
      'TOKEN_REFUSED',
      `The server answers ${String(code)} to the access token that it has just given.`,
    );
  }

  return {
    isOurs(address) {
      if (address === undefined || address === '') return true;
      const asked = placeOf(address, client);
      return asked !== null && [client.url(), ...endpoints].some((known) => placeOf(known, client) === asked);
    },

    async begin() {
      const meant = client.session();
      const accessToken = await client.getAccessToken();
      // Whatever it fails by, the operation itself will say.
      if (accessToken === null && client.session() !== null) await client.refresh().catch(() => undefined);
      assertStill(meant, true);
      return { session: client.session(), version: client.version(), accessToken };
    },

    isRefused(sent, answer) {
      const code = refusalOf(answer);
      assertStill(sent.session, code !== undefined);
      if (code !== 'UNAUTHENTICATED') return code !== undefined;
      const isIncurable = incurable.has(sent.session);
      if (isIncurable) refuse(code, answer);
      return sent.session !== null && !isIncurable;
    },

    async renew(sent, { hasData, isQuery }) {
      const session = await client.refresh({ newerThan: sent.version });
      assertStill(sent.session, true);
      return session !== null && (isQuery || !hasData);
    },

    giveUp(sent, answer) {
      const code = refusalOf(answer);
      if (code === 'UNAUTHENTICATED') incurable.add(sent.session);
      refuse(code, answer);
    },
  };
}

/** Origin and path, as the page reads it; what it cannot read is nowhere. */
function placeOf(address: unknown, client: AuthClient): string | null {
  try {
    const base = (globalThis as Partial<typeof globalThis>).document?.baseURI ?? client.url();
    const { origin, pathname } = new URL(String(address), base);
    return origin + pathname;
  } catch {
    return null;
  }
}

const refusalOf = ({ errors }: OperationAnswer): unknown =>
  CODES.find((code) => errors.some(({ extensions }) => extensions?.['code'] === code));
