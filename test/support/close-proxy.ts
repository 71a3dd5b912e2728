import { once } from 'node:events';
import type { Agent, Server } from 'node:http';

/** Closes a proxy of a test at once: its listener, the connections to it, and those that it keeps. */
export async function closeProxy(server: Server, agent: Agent): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  agent.destroy();
  await closed;
}
