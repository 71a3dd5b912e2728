import { createAuthClient, type AuthClient, type TokenStorage } from 'latchkey/client';
import { AuthError } from '../../../src/domain/errors.js';
import { freshEmail, PASSWORD } from '../../http/support/people.js';
import { createTestAuthServer } from '../../support/auth-server.js';
import { ManualClock } from '../../support/clock.js';

/** A server of notes, as a front end asks it, with what a test has to know of it. */
export interface Notes {
  readonly url: string;
  /** The server's: a client does not see it move, and believes its access token to be good. */
  readonly clock: ManualClock;
  /** How many refreshes there were so far. */
  readonly refreshes: () => number;
  /** How often `write` ran so far. */
  readonly writes: () => number;
  /** How many of `slow` and `slowWrite` wait now. */
  readonly waiting: () => number;
  /** Lets them answer. */
  release(): void;
  /** A client of a user of its own, who is signed in. */
  signedIn(): Promise<AuthClient>;
  /** Another client of nobody. */
  client(storage?: TokenStorage): AuthClient;
  /** A client that bans, withdraws and grants. */
  readonly admin: AuthClient;
  close(): Promise<void>;
}

const TYPE_DEFS = `
  extend enum Role { EDITOR }
  type Note { id: ID! owner: ID! }
  extend type Query {
    "One note of the viewer."
    note: Note @auth
    news: String @public
    "Refuses a good access token too."
    stubborn: String @auth
    "The application's own refusal."
    foreign: String @public
    slow: String @auth
  }
  extend type Mutation {
    write: Int @auth
    "Refuses once something else may have run."
    refuse: Int @auth
    slowWrite: String @auth
  }`;

export async function startNotes(): Promise<Notes> {
  const clock = new ManualClock();
  const clients: AuthClient[] = [];
  let refreshes = 0;
  let writes = 0;
  let waiting: (() => void)[] = [];
  const wait = (): Promise<string> => new Promise((resolve) => waiting.push(() => resolve('at last')));
  const refuse = (code: 'TOKEN_EXPIRED' | 'UNAUTHENTICATED') => (): never => {
    throw new AuthError(code);
  };
  const made = await createTestAuthServer(
    {
      typeDefs: TYPE_DEFS,
      resolvers: {
        Query: {
          note: (_source, _arguments, { principal }) => ({ id: 'note', owner: principal?.userId }),
          news: () => 'news',
          stubborn: refuse('TOKEN_EXPIRED'),
          foreign: refuse('UNAUTHENTICATED'),
          slow: wait,
        },
        Mutation: { write: () => (writes += 1), refuse: refuse('TOKEN_EXPIRED'), slowWrite: wait },
      },
      onEvent: ({ type }) => {
        if (type === 'session.refreshed') refreshes += 1;
      },
    },
    { clock },
  );
  const { url } = await made.server.listen();

  function client(storage?: TokenStorage): AuthClient {
    const created = createAuthClient({ url, transport: 'header', storage });
    clients.push(created);
    return created;
  }
  const admin = client();
  await admin.signUp({ email: freshEmail(), password: PASSWORD, setupCode: made.server.setUpCode ?? '' });
  return {
    ...{ url, clock, client, admin },
    refreshes: () => refreshes,
    writes: () => writes,
    waiting: () => waiting.length,
    release() {
      waiting.forEach((answer) => answer());
      waiting = [];
    },
    async signedIn() {
      const created = client();
      await created.signUp({ email: freshEmail(), password: PASSWORD });
      return created;
    },
    async close() {
      clients.forEach((each) => each.close());
      await made.close();
    },
  };
}

/** Sends an operation as this client; throws where it has errors. */
export async function ask(client: AuthClient, url: string, query: string, variables: object = {}): Promise<unknown> {
  const response = await client.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

export const BAN = `mutation ($userId: ID!) {
  banUser(input: { userId: $userId, reason: "internal", publicReason: "Spam", until: "2099-01-01T00:00:00Z" }) { user { id } }
}`;
