import { afterAll, beforeAll } from '@jest/globals';
import type { Environment } from '../../../src/config.js';
import { ManualClock } from '../../support/clock.js';
import { startServer, type TestServer } from '../../support/server.js';
import { createBackend, describeOnEachBackend, type Backend, type BackendName } from '../../support/stores.js';
import { signIn, signUp, type Person } from './people.js';

/** A server on a fresh database, with its first administrator. */
export interface Fixture {
  readonly backend: Backend;
  readonly server: TestServer;
  /** All times of server and store come from it. */
  readonly clock: ManualClock;
  /** The set-up code, used up by the administrator. */
  readonly setUpCode: string;
  /** Signs the administrator in, with a fresh proof of the password. */
  admin(): Promise<Person>;
  /** A new user who holds this role. */
  withRole(role: string): Promise<Person>;
  close(): Promise<void>;
}

/** Starts a server on a fresh database, and makes the administrator by its set-up code. */
export async function openFixture(name: BackendName, environment: Environment = {}): Promise<Fixture> {
  const backend = createBackend(name);
  const clock = new ManualClock();
  const server = await startServer(backend.url, { environment, clock });
  const setUpCode = server.app.setUpCode ?? '';
  const first = await signUp(server, { setupCode: setUpCode });
  const admin = (): Promise<Person> => signIn(server, first);
  return {
    ...{ backend, server, clock, setUpCode, admin },
    async withRole(role) {
      const person = await signUp(server);
      const query = 'mutation ($id: ID!, $role: Role!) { grantRole(userId: $id, role: $role) { user { id } } }';
      const { token } = await admin();
      const answer = await server.client().ask(query, { token, variables: { id: person.id, role } });
      answer.text('grantRole.user.id');
      return signIn(server, person);
    },
    async close() {
      await server.close();
      await backend.destroy();
    },
  };
}

/** Declares the same tests once for each database, on one server with an administrator for all of them. */
export function describeOnEachServer(
  name: string,
  declare: (fixture: () => Fixture) => void,
  environment: Environment = {},
): void {
  describeOnEachBackend(name, (backendName) => {
    let opened: Fixture | undefined;
    beforeAll(async () => {
      opened = await openFixture(backendName, environment);
    });
    afterAll(() => opened?.close());
    declare(() => opened!);
  });
}
