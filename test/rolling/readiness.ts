import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Upstream } from './rolling-proxy.js';

/** Asks each server again and again whether it is ready, as whoever distributes load does. */
export interface Readiness {
  isReady(server: number): boolean;
  /** Whether it is about to close, or has. */
  isStopping(server: number): boolean;
  /** What this server's `/readyz` came to so far, each time that it changed: what it says, `closed`, or what went wrong. */
  history(server: number): readonly string[];
  stop(): Promise<void>;
}

const EVERY_MS = 100;
const PATIENCE_MS = 5_000;

/** Begins at once. */
export function watchReadiness(upstreams: readonly Upstream[]): Readiness {
  const histories: string[][] = upstreams.map(() => []);
  let isOn = true;

  async function watch(upstream: Upstream, history: string[]): Promise<void> {
    while (isOn) {
      const { origin } = upstream;
      const found = await readiness(origin);
      // Of another server by now: what is known is that of the one before.
      if (origin === upstream.origin && history.at(-1) !== found) history.push(found);
      await setTimeout(EVERY_MS);
    }
  }
  const watching = upstreams.map((upstream, server) => watch(upstream, histories[server]!));

  return {
    isReady: (server) => histories[server]?.at(-1) === '200 ready',
    isStopping: (server) => ['503 stopping', 'closed'].includes(histories[server]?.at(-1) ?? ''),
    history: (server) => histories[server] ?? [],
    async stop() {
      isOn = false;
      await Promise.all(watching);
    },
  };
}

/** Over a connection of its own, as a health check is made. */
const readiness = (origin: string): Promise<string> =>
  new Promise((resolve) => {
    const asked = request(`${origin}/readyz`, { agent: false, timeout: PATIENCE_MS }, (answer) => {
      json(answer).then(
        (body) => resolve(`${answer.statusCode} ${(body as { readonly status: string }).status}`),
        (error: unknown) => resolve(String(error)),
      );
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.syscall === 'connect' ? 'closed' : (error.code ?? error.message));
    });
    asked.end();
  });
