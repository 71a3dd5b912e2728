import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { withSigningKeys } from '../../src/app-commands.js';
import { readConfig, type Environment } from '../../src/config.js';
import { ManualClock } from '../support/clock.js';
import { startServer, type TestServer } from '../support/server.js';
import { describeOnEachStore } from '../support/stores.js';
import { refreshed, signUp, VIEWER, type Person } from './support/people.js';
import { readContent } from './support/raw-store.js';

const OLD = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';
const NEW = 'Zx9cVbN8mAs7dFgH6jKl5qWe4rTy3uIo2pPo1LkJhGf';

describeOnEachStore('LATCHKEY_SECRET, changed over two running servers', (createFresh) => {
  const servers: TestServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  test('signs nobody out at any step, and every access token goes on to count', async () => {
    const { url } = createFresh();
    const clock = new ManualClock();
    const environmentOf = (secrets: string): Environment => ({
      ...{ LATCHKEY_SECRET: secrets, PUBLIC_URL: 'http://auth.example.com' },
    });
    const start = (secrets: string) => startServer(url, { environment: environmentOf(secrets), clock });
    servers.push(await start(OLD), await start(OLD));
    let people = await Promise.all([0, 1, 0, 1].map((index) => signUp(servers[index]!)));

    /** The tokens of everybody count on both servers, and both exchange refresh tokens that the other gave. */
    async function checkEverybody(): Promise<void> {
      for (const [index, server] of servers.entries()) {
        for (const each of people) await checkToken(server, each);
        clock.advance(11_000);
        const other = servers[1 - index]!;
        const fresh = await Promise.all(people.map((each) => refreshed(server, each)));
        for (const each of fresh) await checkToken(other, each);
        for (const each of people) await checkToken(server, each);
        people = fresh;
      }
    }

    async function checkToken(server: TestServer, { id, token }: Person): Promise<void> {
      expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(id);
    }

    async function setSecrets(secrets: string): Promise<void> {
      for (const index of [0, 1]) {
        await servers[index]!.close();
        servers[index] = await start(secrets);
        await checkEverybody();
      }
    }

    await checkEverybody();
    await setSecrets(`${OLD},${NEW}`);
    await setSecrets(`${NEW},${OLD}`);
    await expect(start(NEW)).rejects.toThrow(/LATCHKEY_SECRET/);
    const config = readConfig({ ...environmentOf(`${NEW},${OLD}`), STORE_URL: url });
    const log = pino({ level: 'silent' });
    expect(await withSigningKeys({ config, log, makesStore: false }, (keys) => keys.reencrypt())).toBe(2);
    await checkEverybody();
    await setSecrets(NEW);
    for (const server of servers) expect(server.log()).not.toMatch(/session\.(theft|ended|ahead)|cannot be read/);
  });

  test('to one that is wrong stops the start, with what is wrong, and touches nothing', async () => {
    const { url } = createFresh();
    const server = await startServer(url, { environment: { LATCHKEY_SECRET: OLD } });
    await signUp(server);
    await server.close();
    const before = await readContent(url);
    const environment = { LATCHKEY_SECRET: NEW, ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a good password' };
    await expect(startServer(url, { environment })).rejects.toThrow(
      /LATCHKEY_SECRET: the signing keys .* another secret/,
    );
    expect(await readContent(url)).toEqual(before);
  });
});
