import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createRunningResponses } from './running-responses.js';

/** The connections of one HTTP server, and what each of them is doing. */
export interface Connections {
  /** How many were accepted so far. */
  accepted(): number;
  /** What is being made or sent. */
  readonly running: Iterable<ServerResponse>;
  /** On which no request has come, with when they began, the oldest first. By `performance.now()`. */
  readonly silent: ReadonlyMap<Socket, number>;
  /**
   * Closes those that wait for their next request. Not while any answer is on its way to a client that is slow to take it:
   * Node takes a connection for idle as soon as its answer was handed over, and would cut it off.
   */
  closeIdle(): void;
}

/** Begins with the server, before it listens. */
export function watchConnections(server: Server): Connections {
  const running = createRunningResponses();
  const silent = new Map<Socket, number>();
  let accepted = 0;

  server.on('connection', (socket) => {
    accepted += 1;
    silent.set(socket, performance.now());
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    silent.delete(socket);
    running.add(response);
  });

  const isOnItsWay = ({ writableEnded, writableFinished }: ServerResponse): boolean =>
    writableEnded && !writableFinished;
  return {
    ...{ running, silent, accepted: () => accepted },
    closeIdle() {
      if (![...running].some(isOnItsWay)) server.closeIdleConnections();
    },
  };
}
