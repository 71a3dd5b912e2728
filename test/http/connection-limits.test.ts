import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CONNECTION_LIMITS, createLimitedServer, type ConnectionLimits } from '../../src/http/connection-limits.js';
import { eventually } from './support/eventually.js';

/** Longer than any test: what a test is not about does not come about. */
const PATIENT: ConnectionLimits = {
  ...CONNECTION_LIMITS,
  ...{ headersMs: 600_000, requestMs: 600_000, checkEveryMs: 50, keepAliveMs: 600_000, stalledAnswerMs: 600_000 },
};
const HEAD = 'POST / HTTP/1.1\r\nHost: localhost\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function start(limits: Partial<ConnectionLimits>, serve: RequestListener): Promise<Server> {
  ({ server } = createLimitedServer({ ...PATIENT, ...limits }, serve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A connection, and what came over it. */
interface Connection {
  readonly socket: Socket;
  readonly text: () => string;
  /** Once the server has closed it: all that came. */
  readonly closed: Promise<string>;
}

async function open(to: Server): Promise<Connection> {
  const socket = connect((to.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (more: string) => (text += more));
  // Reset, for a server that closes has not read everything.
  socket.on('error', () => undefined);
  // `once` would reject with that.
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  return { socket, text: () => text, closed };
}

/** Sends a byte now and then, for as long as anybody listens. */
async function trickle({ socket, closed }: Connection, byte: string): Promise<string> {
  const timer = setInterval(() => socket.write(byte), 20);
  const text = await closed;
  clearInterval(timer);
  return text;
}

/** Reads the whole request, then answers. */
const answer: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('done'));
};

const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');

describe('Who is slow', () => {
  test('says nothing at all: 408, and the connection is closed', async () => {
    const { closed } = await open(await start({ headersMs: 200 }, answer));
    expect(statuses(await closed)).toEqual(['408']);
  });

  test('sends the head of a request byte by byte (Slowloris): 408, with a code', async () => {
    const connection = await open(await start({ headersMs: 200 }, answer));
    connection.socket.write(`${HEAD}X-Slow: `);
    const text = await trickle(connection, 'x');
    expect(statuses(text)).toEqual(['408']);
    expect(text).toContain('"code":"BAD_REQUEST"');
    expect(text).toMatch(/^connection: close\r$/m);
  });

  test('sends the body byte by byte: 408', async () => {
    const connection = await open(await start({ headersMs: 200, requestMs: 400 }, answer));
    connection.socket.write(`${HEAD}Content-Length: 100000\r\n\r\n`);
    expect(statuses(await trickle(connection, 'x'))).toEqual(['408']);
  });

  test('sends the body byte by byte when the answer is there already: nothing comes behind that', async () => {
    const to = await start({ headersMs: 200, requestMs: 2_000 }, (_request, response) => response.end('no'));
    const connection = await open(to);
    connection.socket.write(`${HEAD}Content-Length: 100000\r\n\r\n`);
    expect(statuses(await trickle(connection, 'x'))).toEqual(['200']);
  });

  test('reads nothing of an answer: is cut off, and what is left of it is forgotten', async () => {
    const to = await start({ stalledAnswerMs: 300 }, (_request, response) => response.end(Buffer.alloc(64 << 20)));
    const { socket } = await open(to);
    const taken = once(to, 'request');
    socket.pause().write(GET);
    const [, response] = (await taken) as Parameters<RequestListener>;
    await once(response, 'close');
    expect(await connections(to)).toBe(0);
    socket.destroy();
  });

  test('reads nothing of a file that is sent as it is read: is cut off, and the file is closed', async () => {
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(1 << 20)) });
    const to = await start({ stalledAnswerMs: 300 }, (_request, response) => {
      pipeline(endless, response, () => undefined);
    });
    const { socket } = await open(to);
    socket.pause().write(GET);
    await new Promise((resolve) => endless.once('close', resolve));
    expect(await connections(to)).toBe(0);
    socket.destroy();
  });

  test('waits for an answer that takes long to make: gets it', async () => {
    const to = await start({ stalledAnswerMs: 50, headersMs: 100, requestMs: 100 }, (request, response) => {
      void setTimeout(500).then(() => answer(request, response));
    });
    const connection = await open(to);
    connection.socket.write(GET);
    await eventually(() => statuses(connection.text()).length > 0);
    expect(statuses(connection.text())).toEqual(['200']);
    connection.socket.destroy();
  });
});

describe('Who keeps connections', () => {
  test('is told for how long, and finds them closed after it', async () => {
    const { socket, closed } = await open(await start({ keepAliveMs: 1_000 }, answer));
    socket.write(GET);
    expect(await closed).toMatch(/^keep-alive: timeout=1\r$/im);
  });

  test('and keeps all that there are: those without a request give way to a new one', async () => {
    const to = await start({ connections: 2 }, answer);
    const idle = [await open(to), await open(to)];
    for (const { socket } of idle) socket.write(GET);
    await eventually(() => idle.every(({ text }) => statuses(text()).length === 1));
    // One too many: it is dropped, and those that wait for nothing make room.
    await (
      await open(to)
    ).closed;
    await Promise.all(idle.map(({ closed }) => closed));
    const next = await open(to);
    next.socket.write(GET);
    await eventually(() => statuses(next.text()).length === 1);
    next.socket.destroy();
  });

  test('and has sent nothing on some of them: those go first, and who waits for the next request stays', async () => {
    const to = await start({ connections: 2 }, answer);
    const idle = await open(to);
    idle.socket.write(GET);
    await eventually(() => statuses(idle.text()).length === 1);
    const silent = await open(to);
    // Until it has been silent for a second, nobody can tell that no request is on its way.
    await setTimeout(1_100);
    const others = setInterval(() => void open(to).catch(() => undefined), 200);
    await silent.closed;
    clearInterval(others);
    idle.socket.write(GET);
    await eventually(() => statuses(idle.text()).length === 2);
    idle.socket.destroy();
  });

  test('and has a request running on each: no more are accepted, and those go on', async () => {
    const held: (() => void)[] = [];
    const to = await start({ connections: 1 }, (_request, response) => held.push(() => response.end('done')));
    const busy = await open(to);
    busy.socket.write(GET);
    await eventually(() => held.length === 1);
    expect(await (await open(to)).closed).toBe('');
    held[0]?.();
    await eventually(() => statuses(busy.text()).length === 1);
    busy.socket.destroy();
  });
});

const connections = (to: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    to.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
