import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a server on this machine, and can be a network that fails. */
export interface TcpProxy {
  /** Where the client connects to: this port of 127.0.0.1. */
  readonly port: number;
  /** Ends every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections, accepts new ones, and passes nothing on, either way. */
  stall(): void;
  /** As before; what was held back while it stalled arrives. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Passes everything on to this port of 127.0.0.1. */
export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let isStalled = false;

  const accept = (client: Socket): void => {
    const pair = { client, server: connect(targetPort, '127.0.0.1') };
    pairs.add(pair);
    join(pair, { mayFlow: () => !isStalled, forget: () => pairs.delete(pair) });
    if (isStalled) hold(pair);
  };
  const destroyAll = (): void => pairs.forEach(({ client }) => client.destroy());

  let listener = await listen(0, accept);
  const { port } = listener.address() as AddressInfo;

  async function cut(): Promise<void> {
    if (!listener.listening) return;
    const closed = once(listener.close(), 'close');
    destroyAll();
    await closed;
  }

  return {
    ...{ port, cut },
    stall() {
      isStalled = true;
      pairs.forEach(hold);
    },
    async heal() {
      isStalled = false;
      pairs.forEach(release);
      if (!listener.listening) listener = await listen(port, accept);
    },
    close: cut,
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const listener = createServer({ noDelay: true }, accept).listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return listener;
}

/** Pipes both ways; where one end closes or fails, so does the other. */
function join({ client, server }: Pair, { mayFlow, forget }: { mayFlow: () => boolean; forget: () => void }): void {
  server.setNoDelay(true);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (mayFlow()) from.resume();
    });
    // Its close follows, and says all there is to say.
    from.on('error', () => undefined);
    from.on('end', () => to.end());
    from.on('close', () => {
      to.destroy();
      forget();
    });
  }
}

function hold({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

function release({ client, server }: Pair): void {
  client.resume();
  server.resume();
}
