import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FRUGAL_ARGS } from './mongo.js';
import { createMongod, type MongodProcess } from './mongod-process.js';

/** A replica set of a test's own; its members are counted from 0. */
export interface ReplicaSet {
  /** Of a database on it, for a client that follows the primary. */
  readonly url: string;
  /** Of the same database, for a client that stays with this member (`directConnection`); elsewhere, by another port. */
  urlOf(index: number, port?: number): string;
  portOf(index: number): number;
  /** Who accepts writes, once somebody does. */
  waitForPrimary(options?: { readonly otherThan?: number }): Promise<number>;
  /** Until every member is running, and the primary or following it. */
  waitUntilWhole(): Promise<void>;
  /** As a crash does: SIGKILL. */
  kill(index: number): Promise<void>;
  /** Stops answering, with its sockets open: SIGSTOP. */
  freeze(index: number): void;
  thaw(index: number): void;
  /** Starts it again, with its data, at its address; resolves once it answers. */
  start(index: number): Promise<void>;
  /** Makes the primary step down, whoever lags behind; for so many seconds it is not elected again. */
  stepDown(index: number, seconds: number): Promise<void>;
  /** Makes this member the primary, as soon as it can be: also one that had stepped down. */
  stepUp(index: number): Promise<void>;
  /** @see https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point; needs `isTesting`. */
  configureFailPoint(index: number, failPoint: FailPoint): Promise<void>;
  /** Runs a command on the `admin` database of this member. */
  command(index: number, command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** Kills all of it and removes its data. */
  remove(): Promise<void>;
}

export interface FailPoint {
  readonly name: string;
  readonly mode: 'alwaysOn' | 'off' | { readonly times: number };
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface ReplicaSetOptions {
  /** The `mongod`. */
  readonly binary: string;
  readonly members: 1 | 3;
  /** Allows fail points: `enableTestCommands`. */
  readonly isTesting?: boolean;
}

const NAME = 'rs0';
const DATABASE = 'latchkey';
/** Elections within a few seconds: MongoDB's own defaults are made for networks, and longer. */
const SETTINGS = { electionTimeoutMillis: 2000, heartbeatIntervalMillis: 500 };
const WAIT_MS = 60_000;
/** Each look takes three connections. */
const PAUSE_MS = 250;

/** Starts a replica set on free ports; resolves once it has its primary, and every other member follows. */
export async function createReplicaSet({ binary, members, isTesting = false }: ReplicaSetOptions): Promise<ReplicaSet> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-replica-set-'));
  const args = ['--replSet', NAME, '--bind_ip', '127.0.0.1', ...FRUGAL_ARGS];
  if (isTesting) args.push('--setParameter', 'enableTestCommands=1');
  const mongods = (await freePorts(members)).map((port, index) =>
    createMongod({ binary, port, args, folder: join(folder, `member-${index}`) }),
  );
  const set = control(mongods, folder);
  try {
    await Promise.all(mongods.map((mongod) => mongod.start()));
    const hosts = mongods.map(({ port }, index) => ({ _id: index, host: `127.0.0.1:${port}` }));
    await set.command(0, { replSetInitiate: { _id: NAME, members: hosts, settings: SETTINGS } });
    await set.waitUntilWhole();
    return set;
  } catch (error) {
    await set.remove();
    throw error;
  }
}

function control(mongods: readonly MongodProcess[], folder: string): ReplicaSet {
  const at = (index: number): MongodProcess => {
    const mongod = mongods[index];
    if (mongod === undefined) throw new RangeError(`There is no member ${index}.`);
    return mongod;
  };
  const hosts = mongods.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const command: ReplicaSet['command'] = (index, given) => at(index).command(given);

  return {
    url: `mongodb://${hosts}/${DATABASE}?replicaSet=${NAME}`,
    urlOf: (index, port = at(index).port) => `mongodb://127.0.0.1:${port}/${DATABASE}?directConnection=true`,
    portOf: (index) => at(index).port,
    command,
    kill: (index) => at(index).kill(),
    freeze: (index) => at(index).freeze(),
    thaw: (index) => at(index).thaw(),
    start: (index) => at(index).start(),
    async waitForPrimary({ otherThan } = {}) {
      let found = -1;
      await waitUntil(async () => {
        const greetings = await Promise.all(mongods.map(greet));
        found = greetings.findIndex((greeting, index) => index !== otherThan && greeting['isWritablePrimary'] === true);
        return found >= 0;
      });
      return found;
    },
    async waitUntilWhole() {
      await waitUntil(async () => {
        const greetings = await Promise.all(mongods.map(greet));
        const primaries = greetings.filter((greeting) => greeting['isWritablePrimary'] === true);
        const followers = greetings.filter((greeting) => greeting['secondary'] === true);
        return primaries.length === 1 && followers.length === mongods.length - 1;
      });
    },
    async stepDown(index, seconds) {
      await command(index, { replSetStepDown: seconds, secondaryCatchUpPeriodSecs: 0, force: true });
    },
    async stepUp(index) {
      await waitUntil(async () => {
        await command(index, { replSetFreeze: 0 }).catch(() => undefined);
        await command(index, { replSetStepUp: 1 }).catch(() => undefined);
        return (await greet(at(index)))['isWritablePrimary'] === true;
      });
    },
    async configureFailPoint(index, { name, ...failPoint }) {
      await command(index, { configureFailPoint: name, ...failPoint });
    },
    async remove() {
      await Promise.all(mongods.map((mongod) => mongod.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a member says of itself; nothing where it does not answer. */
const greet = (mongod: MongodProcess): Promise<Readonly<Record<string, unknown>>> =>
  mongod.command({ hello: 1 }).catch(() => ({}));

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('The replica set did not come to it in a minute.');
    await setTimeout(PAUSE_MS);
  }
}

/** Different ones: each is held until all are known. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
