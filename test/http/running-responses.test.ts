import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRunningResponses, type RunningResponses } from '../../src/http/running-responses.js';
import { eventually } from './support/eventually.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

let server: Server;
let running: RunningResponses;
/** In the order in which they came. */
let responses: ServerResponse[];
let clients: Socket[];

beforeEach(async () => {
  [running, responses, clients] = [createRunningResponses(), [], []];
  server = createServer((_request, response) => {
    responses.push(response);
    running.add(response);
  });
  await once(server.listen(0), 'listening');
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends so many requests on one new connection; they have come. */
async function send(count: number): Promise<Socket> {
  const wanted = responses.length + count;
  const client = connect((server.address() as AddressInfo).port);
  clients.push(client);
  client.on('error', () => undefined).resume();
  client.write(REQUEST.repeat(count));
  while (responses.length < wanted) await once(server, 'request');
  return client;
}

const placesOf = (): number[] => [...running].map((each) => responses.indexOf(each));

test('responses run from when they are added until they are closed, and leave their place to others', async () => {
  for (let sent = 0; sent < 3; sent += 1) await send(1);
  expect(placesOf()).toEqual([0, 1, 2]);
  responses[1]?.end();
  await eventually(() => responses[1]?.closed === true);
  expect(placesOf()).toEqual([0, 2]);
  await send(1);
  expect(placesOf()).toEqual([0, 3, 2]);
});

test('one that is closed by then is not added', async () => {
  await send(1);
  const [first] = responses;
  first?.end();
  await eventually(() => first?.closed === true);
  running.add(first!);
  expect(placesOf()).toEqual([]);
});

test('those that wait behind another on a connection that is cut run no more, and are not kept for long', async () => {
  const seconds: WeakRef<ServerResponse>[] = [];
  for (let sent = 0; sent < 200; sent += 1) {
    const client = await send(2);
    const [first, second] = responses.splice(0);
    const closed = once(first!, 'close');
    client.destroy();
    await closed;
    // Node tells nobody of the second.
    expect(second?.closed).toBe(false);
    seconds.push(new WeakRef(second!));
  }
  expect([...running]).toEqual([]);
  clients = [];
  await setImmediate();
  collectGarbage();
  expect(seconds.filter((each) => each.deref() !== undefined).length).toBeLessThan(100);
});
