import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { createLimitedServer, type ConnectionLimits, type LimitedServer } from './connection-limits.js';

/** Requests on connections of our own. */
export interface Listening {
  /**
   * Binds these addresses to one port, and says which; with port 0 a free one. Only the first has to be free: `localhost`
   * may stand for one that this machine has not.
   */
  listen(addresses: readonly string[], port: number): Promise<number>;
  /** Goes on as before, but each answer from now on closes its connection: the next request finds another server. */
  turnAway(): void;
  /** Stops accepting, and lets what runs come to its end: at most so long, then connections are cut. */
  drain(mostMs: number): Promise<void>;
}

export interface ListeningOptions {
  readonly serve: RequestListener;
  readonly limits: ConnectionLimits;
  readonly log: FastifyBaseLogger;
}

const IDLE_CHECK_MS = 50;
/** Browsers open connections before they have a request. What was sent on a new one has arrived by then. */
const FIRST_REQUEST_MS = 1_000;
/** Of the event loop, for connections that go on coming. */
const MOST_TURNS = 1_000;

/** Every address of a host, each once: of `localhost`, that of IPv4 and that of IPv6. */
export async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

export function createListening({ serve, limits, log }: ListeningOptions): Listening {
  const limited: LimitedServer[] = [];
  let isTurningAway = false;
  let isClosed = false;

  function take(request: IncomingMessage, response: ServerResponse): void {
    if (isTurningAway) response.setHeader('connection', 'close');
    serve(request, response);
  }

  async function bind(host: string, port: number): Promise<number> {
    const one = createLimitedServer(limits, take);
    const { server } = one;
    server.listen({ host, port });
    await once(server, 'listening');
    if (isClosed) {
      server.close();
      throw new Error('The server was closed while it began to listen.');
    }
    limited.push(one);
    return (server.address() as AddressInfo).port;
  }

  const countAccepted = (): number => limited.reduce((sum, { connections }) => sum + connections.accepted(), 0);

  /** What has connected by now is accepted, one a turn: the system resets what is not, when a listener closes. */
  async function acceptAll(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      const before = countAccepted();
      await setImmediate();
      if (countAccepted() === before) return;
    }
  }

  function turnAway(): void {
    isTurningAway = true;
    for (const response of limited.flatMap(({ connections }) => [...connections.running])) {
      if (!response.headersSent) response.setHeader('connection', 'close');
    }
  }

  return {
    async listen([first = 'localhost', ...others], port) {
      const bound = await bind(first, port);
      for (const address of others) {
        await bind(address, bound).catch((error: unknown) =>
          log.warn({ err: error }, 'this address is not listened at'),
        );
      }
      log.info({ addresses: limited.map(({ server }) => server.address()) }, 'listening');
      return bound;
    },

    turnAway,

    async drain(mostMs) {
      turnAway();
      await acceptAll();
      isClosed = true;
      const closed = limited.map(({ server }) => {
        // Node's own `close` of an HTTP server would also cut off answers that clients are slow to take.
        NetServer.prototype.close.call(server);
        return once(server, 'close');
      });
      // A connection whose answer was on its way when the stop began would be kept open for its next request.
      const closing = setInterval(() => limited.forEach(({ connections }) => connections.closeIdle()), IDLE_CHECK_MS);
      const giveUp = setTimeout(() => {
        for (const { connections } of limited) for (const socket of connections.silent.keys()) socket.destroy();
      }, FIRST_REQUEST_MS);
      const cut = setTimeout(() => limited.forEach(({ server }) => server.closeAllConnections()), mostMs);
      await Promise.all(closed);
      clearInterval(closing);
      clearTimeout(giveUp);
      clearTimeout(cut);
    },
  };
}
