import { request as httpRequest } from 'node:http';
import { expect, test } from '@jest/globals';
import { createRequestId } from '../../src/http/request-log.js';
import { eventually } from './support/eventually.js';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, SIGN_IN, signUp, VIEWER } from './support/people.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId: string;
  readonly path: string | null;
  readonly operation?: string | null;
  readonly durationMs: number;
}

test('takes no name from a request that comes past every proxy', () => {
  const headers = { 'x-request-id': 'proxy-0123.4567' };
  expect(createRequestId(false)({ headers })).toMatch(/^[0-9a-f-]{36}$/);
  expect(createRequestId(true)({ headers })).toBe('proxy-0123.4567');
});

const INFO = 30;
const DEBUG = 20;

describeOnEachServer(
  'The log of requests',
  (fixture) => {
    const lines = (): Line[] =>
      fixture()
        .server.log()
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'))
        .map((line) => JSON.parse(line) as Line);
    /** The line of the one request that asks for this operation: it comes behind the answer. */
    async function lineOf(operation: string): Promise<Line | undefined> {
      await eventually(() => lines().some((line) => line.operation === operation));
      const found = lines().filter((line) => line.operation === operation);
      expect(found).toHaveLength(1);
      return found[0];
    }

    test('has a line for each: what was asked, by whom, from where, how it went', async () => {
      const { server } = fixture();
      const person = await signUp(server);
      await server.client().ask('query Who { viewer { id } }', { token: person.token });
      expect(await lineOf('Who')).toEqual({
        ...{ level: INFO, msg: 'request', time: expect.any(Number), pid: process.pid, hostname: expect.any(String) },
        ...{ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), method: 'POST', path: '/graphql', status: 200 },
        ...{ durationMs: expect.any(Number), ipAddress: expect.stringMatching(/127\.0\.0\.1|::1/) },
        ...{ operation: 'Who', operationType: 'query', userId: person.id, codes: [] },
      });

      await server.client().ask('query Stranger { viewer { id } signingKeys { id } rolePermissions { role } }');
      expect(await lineOf('Stranger')).toMatchObject({ userId: null, codes: ['UNAUTHENTICATED'] });
      await server.client().ask('query Broken { nothing }');
      await eventually(() => lines().some((line) => JSON.stringify(line).includes('GRAPHQL_VALIDATION_FAILED')));
    });

    test('is the same for an operation that was run before', async () => {
      const { server } = fixture();
      const person = await signUp(server);
      for (const token of [person.token, 'nonsense']) {
        const before = lines().length;
        const query = `query Twice { viewer { id } signingKeys { id } } # ${token}`;
        for (let times = 0; times < 3; times += 1) await server.client().ask(query, { token });
        await eventually(() => lines().length === before + 3);
        const [first, ...others] = lines()
          .slice(before)
          .map((line) => ({ ...line, time: 0, requestId: 'one', durationMs: 0 }));
        expect(others).toEqual([first, first]);
      }
    });

    // The second is left to Apollo Server.
    test.each(['/graphql', '/graphql?a=b'])(
      'tells of a client that is gone before it has its answer: %s',
      async (path) => {
        const { server } = fixture();
        const { email } = await signUp(server);
        const variables = { input: { email, password: PASSWORD } };
        await server.client().ask(SIGN_IN, { variables });
        const before = lines().length;
        const body = JSON.stringify({ query: SIGN_IN, variables });
        const headers = {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          accept: '*/*',
        };
        const leaving = httpRequest(`${server.origin}${path}`, { method: 'POST', headers, agent: false });
        leaving.on('error', () => undefined);
        leaving.end(body, () => void setTimeout(() => leaving.destroy(), 2));
        await eventually(() => lines().length === before + 1);
        expect(lines().at(-1)).toMatchObject({
          ...{ path: '/graphql', status: 200, operationType: 'mutation', codes: [] },
          ipAddress: expect.stringMatching(/127\.0\.0\.1|::1/),
        });
      },
    );

    test('holds no password, no token, and nothing of a URL but the path of its route', async () => {
      const { server } = fixture();
      const person = await signUp(server);
      await server.client().ask(SIGN_IN, { variables: { input: { email: person.email, password: PASSWORD } } });
      await server.client().ask(VIEWER, { token: person.token });
      await fetch(`${server.origin}/reset-password?token=secret-of-a-mail`);
      await fetch(`${server.origin}/secret-of-a-path`);
      await eventually(() => lines().some(({ path }) => path === '/reset-password'));
      await eventually(() => lines().some(({ path }) => path === null || path === '*'));
      for (const secret of [PASSWORD, person.token, person.refreshToken, 'secret-of-a-mail', 'secret-of-a-path']) {
        expect(server.log()).not.toContain(secret);
      }
    });

    test('takes the name that a trusted proxy gives a request, where it is one', async () => {
      const { server } = fixture();
      const ask = (name: string, id: string) =>
        server.client().ask(`query ${name} { __typename }`, { headers: { 'x-request-id': id } });
      await ask('Named', 'proxy-0123.4567');
      expect(await lineOf('Named')).toMatchObject({ requestId: 'proxy-0123.4567' });
      await ask('Long', 'x'.repeat(65));
      await ask('Spaced', 'proxy 0123 4567');
      for (const name of ['Long', 'Spaced']) {
        expect(await lineOf(name)).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      }
    });

    test('keeps what monitors ask for to those who look closer, and a name to a hundred characters', async () => {
      const { server } = fixture();
      await fetch(`${server.origin}/readyz`);
      await eventually(() => lines().some(({ path }) => path === '/readyz'));
      expect(lines().filter(({ path, level }) => path === '/readyz' && level !== DEBUG)).toEqual([]);
      await server.client().ask(`query ${'N'.repeat(300)} { __typename }`);
      await lineOf('N'.repeat(100));
    });
  },
  { TRUST_PROXY: '1' },
);
