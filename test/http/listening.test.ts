import { once } from 'node:events';
import { request, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { CONNECTION_LIMITS } from '../../src/http/connection-limits.js';
import { createListening, type Listening } from '../../src/http/listening.js';

const SILENT = pino({ level: 'silent' });
const DRAIN_MS = 60_000;
/** More than the system takes of an answer at once. */
const LARGE = 32 << 20;
const limits = { ...CONNECTION_LIMITS, keepAliveMs: 60_000 };

const listeningWith = (serve: RequestListener): Listening => createListening({ serve, limits, log: SILENT });

const ask = async (address: string, port: number): Promise<IncomingMessage> => {
  const asked = request({ host: address, port, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer.resume();
};

describe('Listening', () => {
  // As `localhost`, which may stand for 127.0.0.1 and ::1.
  test('at two addresses: answers at both, and waits for what runs at either', async () => {
    let held: (() => void) | undefined;
    const listening = listeningWith((incoming, response) => {
      if (incoming.url === '/') response.end();
      else held = () => response.end();
    });
    const port = await listening.listen(['127.0.0.1', '127.0.0.2'], 0);
    for (const address of ['127.0.0.1', '127.0.0.2']) expect((await ask(address, port)).statusCode).toBe(200);

    const slow = request({ host: '127.0.0.2', port, path: '/slow', agent: false }).end();
    const answered = once(slow, 'response') as Promise<[IncomingMessage]>;
    while (held === undefined) await new Promise(setImmediate);
    const drained = listening.drain(DRAIN_MS);
    while (await accepts('127.0.0.2', port)) await new Promise(setImmediate);
    held();
    const [{ statusCode, headers }] = await answered;
    expect({ statusCode, connection: headers.connection }).toEqual({ statusCode: 200, connection: 'close' });
    await drained;
  });

  test('where the first address is taken: fails; where a further one is: goes without it', async () => {
    const other = createServer().listen(0, '127.0.0.2');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(listeningWith(() => undefined).listen(['127.0.0.2'], port)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    const listening = listeningWith((_request, response) => response.end());
    expect(await listening.listen(['127.0.0.1', '127.0.0.2'], port)).toBe(port);
    expect((await ask('127.0.0.1', port)).statusCode).toBe(200);
    await listening.drain(DRAIN_MS);
    other.close();
  });

  test('once it turns clients away: serves what comes, and closes each connection behind its answer', async () => {
    const listening = listeningWith((_request, response) => response.end());
    const port = await listening.listen(['127.0.0.1'], 0);
    expect((await ask('127.0.0.1', port)).headers.connection).toBe('close');
    const keeping = async (): Promise<string | undefined> => {
      const asked = request({ host: '127.0.0.1', port, agent: false, headers: { connection: 'keep-alive' } }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      asked.destroy();
      return answer.headers.connection;
    };
    expect(await keeping()).toBe('keep-alive');
    listening.turnAway();
    expect(await keeping()).toBe('close');
    await listening.drain(DRAIN_MS);
  });

  test('that stops while a client takes its time over an answer sends all of it', async () => {
    const listening = listeningWith((_request, response) => response.end(Buffer.alloc(LARGE)));
    const port = await listening.listen(['127.0.0.1'], 0);
    const asked = request({ host: '127.0.0.1', port, agent: false }).end();
    const [incoming] = (await once(asked, 'response')) as [IncomingMessage];
    const drained = listening.drain(DRAIN_MS);
    while (await accepts('127.0.0.1', port)) await new Promise(setImmediate);
    // More often than idle connections are looked for.
    await setTimeout(500);
    let bytes = 0;
    for await (const part of incoming) bytes += (part as Buffer).length;
    expect(bytes).toBe(LARGE);
    await drained;
  });

  test('that is closed while it begins does not listen', async () => {
    const listening = listeningWith(() => undefined);
    const beginning = listening.listen(['127.0.0.1'], 0);
    const drained = listening.drain(DRAIN_MS);
    await Promise.allSettled([beginning, drained]);
    await drained;
    const port = await beginning.catch(() => null);
    expect(port === null || !(await accepts('127.0.0.1', port))).toBe(true);
  });
});

const accepts = (address: string, port: number): Promise<boolean> =>
  ask(address, port).then(
    () => true,
    () => false,
  );
