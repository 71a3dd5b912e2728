import { AuthClientError } from './errors.js';
import type { AuthClient } from './types.js';

/** Operations that go another way than by the client's own `fetch`, such as a link of Apollo. */
export interface Operations {
  /**
   * Before an operation is sent: the access token is good then, as far as is known. Rejects where it has to be refreshed
   * and cannot be, and where somebody else signed in meanwhile.
   */
  begin(): Promise<Sent>;
  /**
   * Whether the answer refuses the access token, and a refresh may help. Throws `SESSION_CHANGED` where the answer came
   * for somebody who is not the one here now.
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
  /** `null`: nobody. */
  readonly userId: string | null;
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

const REFUSALS: readonly unknown[] = ['TOKEN_EXPIRED', 'SESSION_EXPIRED', 'UNAUTHENTICATED'];

export function createOperations(client: AuthClient): Operations {
  // A `UNAUTHENTICATED` that the refresh to this version did not cure: it is the application's own.
  let incurable = -1;
  const userId = (): string | null => client.session()?.userId ?? null;

  function assertStill(before: string | null, mayBeNobody: boolean): void {
    const now = userId();
    if (before === null || now === before || (now === null && mayBeNobody)) return;
    throw new AuthClientError('SESSION_CHANGED', 'Somebody else signed in, or the user signed out, in the meantime.');
  }

  return {
    async begin() {
      const meant = userId();
      const accessToken = await client.getAccessToken();
      // Whatever it fails by, the operation itself will say.
      if (accessToken === null && userId() !== null) await client.refresh().catch(() => undefined);
      assertStill(meant, true);
      return { userId: userId(), version: client.version(), accessToken };
    },

    isRefused(sent, answer) {
      const code = refusalOf(answer);
      assertStill(sent.userId, code !== undefined);
      if (code === 'UNAUTHENTICATED') return sent.userId !== null && sent.version !== incurable;
      return code !== undefined;
    },

    async renew(sent, { hasData, isQuery }) {
      const session = await client.refresh({ newerThan: sent.version });
      assertStill(sent.userId, true);
      return session !== null && (isQuery || !hasData);
    },

    giveUp(sent, answer) {
      const code = refusalOf(answer);
      if (code === 'UNAUTHENTICATED') incurable = sent.version;
      if (answer.hasData) return;
      throw new AuthClientError(
        'TOKEN_REFUSED',
        `The server answers ${String(code)} to the access token that it has just given.`,
      );
    },
  };
}

const refusalOf = ({ errors }: OperationAnswer): unknown =>
  REFUSALS.find((code) => errors.some(({ extensions }) => extensions?.['code'] === code));
