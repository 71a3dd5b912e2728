import type { Connection } from 'mongoose';
import type { Clock } from '../../domain/clock.js';
import type { SessionStore } from '../../domain/session-store.js';
import type { SetUpCodeStore } from '../../domain/set-up-code-store.js';
import type { SigningKeyStore } from '../../domain/signing-key-store.js';
import type { Stores } from '../../domain/stores.js';
import type { UserStore } from '../../domain/user-store.js';
import { guarded } from '../guarded.js';
import { followClock } from './clock.js';
import { connect, runCommand } from './connection.js';
import { guardMongo, translateOpeningError } from './errors.js';
import { makeCollections } from './collections.js';
import type { Models } from './models.js';
import { bindModels } from './models.js';
import { createSessionStore } from './session-store.js';
import { createSetUpCodeStore } from './set-up-code-store.js';
import { createSigningKeyStore } from './signing-key-store.js';
import type { StoreTime } from './time.js';
import { databaseTime, givenTime } from './time.js';
import { createUserStore } from './user-store.js';

/** A person waits for `ping`: it is to fail before `SERVICE_UNAVAILABLE` elsewhere would. */
const PING_DEADLINE_MS = 1500;

/**
 * Connects to the MongoDB database that the URL names, and makes its collections and indexes.
 *
 * @throws TypeError where the URL is none that MongoDB understands, or its server refuses the user;
 * `SERVICE_UNAVAILABLE` where nobody answers.
 */
export async function openMongoStores(url: string, options: { readonly clock?: Clock | undefined }): Promise<Stores> {
  try {
    return await connectStores(url, options.clock);
  } catch (error) {
    throw translateOpeningError(error);
  }
}

async function connectStores(url: string, clock: Clock | undefined): Promise<Stores> {
  const connection = await connect(url);
  try {
    const models = bindModels(connection);
    await makeCollections(models);
    if (clock) return createStores(connection, models, givenTime(clock), () => undefined);
    const following = await followClock(connection);
    return createStores(connection, models, databaseTime(following.clock), () => following.stop());
  } catch (error) {
    await connection.close(true);
    throw error;
  }
}

function createStores(connection: Connection, models: Models, time: StoreTime, stopClock: () => void): Stores {
  const guard = guardMongo();
  return {
    users: guarded<UserStore>(createUserStore(models.users, time), guard),
    sessions: guarded<SessionStore>(createSessionStore(models.sessions, time), guard),
    signingKeys: guarded<SigningKeyStore>(createSigningKeyStore(models.signingKeys, time), guard),
    setUpCodes: guarded<SetUpCodeStore>(createSetUpCodeStore(models.setUpCodes, time), guard),
    clock: time.clock,
    ...guarded<Pick<Stores, 'ping'>>(
      {
        async ping() {
          await runCommand(connection, { ping: 1 });
        },
      },
      guardMongo(PING_DEADLINE_MS),
    ),
    async close() {
      stopClock();
      await connection.close();
    },
  };
}
