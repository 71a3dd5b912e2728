/** By the real clock, which moves on between any two answers: one that stands still hides that they differ. */
import { expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { refresh, REFRESH, refreshed, signUp, VIEWER } from '../http/support/people.js';
import { createNode } from '../support/services.js';
import { ManualClock } from '../support/clock.js';
import { startServer } from '../support/server.js';
import { describeOnEachStore } from '../support/stores.js';
import { given } from '../stores/builders.js';

const ORIGIN = { client: { deviceName: null, userAgent: null, ipAddress: null }, transport: 'header' } as const;

describeOnEachStore('Refreshes with one token at the same time', (createFresh) => {
  test('all get the same successor, 100 over HTTP at two servers', async () => {
    const { url } = createFresh();
    const environment = { PUBLIC_URL: 'http://localhost:4000' };
    const servers = [await startServer(url, { environment }), await startServer(url, { environment })] as const;
    const person = await signUp(servers[0]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => refresh(servers[index % 2 === 0 ? 0 : 1], person.refreshToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(100).fill(200));
    expect(new Set(answers.map((answer) => answer.text('refreshSession.refreshToken'))).size).toBe(1);
    await Promise.all(servers.map((server) => server.close()));
  });

  test('all get the same successor, 100 in one process, and the generation advances once', async () => {
    const node = await createNode(await createFresh().open());
    const email = 'a@example.com';
    const user = given(
      await node.users.signUp({ email, password: 'correct horse battery', setupCode: null, ipAddress: null }),
    );
    const { refreshToken, session } = await node.sessions.start(user, ORIGIN);
    const one = { refreshToken, arrivedAt: node.stores.clock.now(), client: ORIGIN.client };
    const issued = await Promise.all(Array.from({ length: 100 }, () => node.sessions.refresh(one)));
    expect(new Set(issued.map((each) => each.refreshToken)).size).toBe(1);
    expect((await node.sessions.find(session.id))?.generation).toBe(1);
  });
});

describeOnEachStore('A thief who sends the headers in time', (createFresh) => {
  test('gets nothing for a token in a body that comes after grace', async () => {
    const clock = new ManualClock();
    const server = await startServer(createFresh().url, { clock });
    const person = await signUp(server);
    const body = JSON.stringify({ query: REFRESH, variables: { input: { refreshToken: person.refreshToken } } });
    const finish = await beginRequest(server.origin, body);

    const next = await refreshed(server, person);
    expect((await server.client().ask(VIEWER, { token: next.token })).status).toBe(200);
    expect((await refresh(server, next.refreshToken)).status).toBe(200);
    clock.advance(11_000);
    expect(await finish()).toContain('TOKEN_THEFT_DETECTED');
    expect(await refresh(server, next.refreshToken)).toMatchObject({ code: 'TOKEN_THEFT_DETECTED' });
    await server.close();
  });
});

/** Sends the headers, and resolves once the server waits for the body; what it returns sends that. */
async function beginRequest(origin: string, body: string): Promise<() => Promise<string>> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  let answer = '';
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Expect: 100-continue',
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await new Promise<void>((resolve) => {
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.includes('100 Continue')) resolve();
    });
  });
  return () =>
    new Promise((resolve) => {
      socket.on('close', () => resolve(answer));
      socket.write(body);
    });
}
