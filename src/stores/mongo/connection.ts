import type { Connection } from 'mongoose';
import mongoose from 'mongoose';
import { translateMongoError } from './errors.js';

const DEFAULT_DATABASE = 'latchkey';

const namesDatabase = (url: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url);

/** Runs a command on the primary. */
export const runCommand = (connection: Connection, command: Readonly<Record<string, unknown>>): Promise<unknown> =>
  connection.getClient().db(connection.name).command(command);

/** A server that hangs is given up after so long: people wait. */
const PATIENCE_MS = 5000;

/**
 * Connects. Acknowledged means that a majority has it in its journal; reads see nothing that a failover undoes. The
 * times make an outage an answer within seconds; the driver comes back by itself.
 *
 * @param patienceMs for how long a command may take
 * @throws TypeError where the URL is none that MongoDB understands; `SERVICE_UNAVAILABLE` where nobody answers.
 */
export async function connect(url: string, patienceMs = PATIENCE_MS): Promise<Connection> {
  assertConnectionString(url);
  try {
    return await mongoose
      .createConnection(url, {
        ...(namesDatabase(url) ? {} : { dbName: DEFAULT_DATABASE }),
        appName: 'latchkey',
        bufferCommands: false,
        autoIndex: false,
        autoCreate: false,
        readPreference: 'primary',
        readConcernLevel: 'majority',
        // One by one: as options of their own they go before those of the address.
        // oxlint-disable typescript/no-deprecated -- `writeConcern` does not
        w: 'majority',
        journal: true,
        wtimeoutMS: patienceMs,
        // oxlint-enable typescript/no-deprecated
        serverSelectionTimeoutMS: 3000,
        connectTimeoutMS: 3000,
        socketTimeoutMS: patienceMs,
        waitQueueTimeoutMS: 3000,
        heartbeatFrequencyMS: 2000,
      })
      .asPromise();
  } catch (error) {
    throw translateMongoError(error);
  }
}

/** A client that is not connected yet has read its connection string, and nothing else. */
function assertConnectionString(url: string): void {
  try {
    new mongoose.mongo.MongoClient(url);
  } catch (error) {
    // The driver's words may hold the password.
    throw new TypeError('STORE_URL: is not a MongoDB connection string', { cause: error });
  }
}
