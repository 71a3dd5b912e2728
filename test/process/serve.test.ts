import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import type { Environment } from '../../src/config.js';
import { eventually } from '../http/support/eventually.js';
import { freshEmail, PASSWORD, signIn, signUp } from '../http/support/people.js';
import { createBackend, describeOnMongo } from '../support/stores.js';
import { createTcpProxy } from '../support/tcp-proxy.js';
import { holdSignIn } from './support/held-request.js';
import { programForTests, type RunningProgram } from './support/program.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

describe('The program', () => {
  const program = programForTests();
  const start = (environment: Environment = {}, args?: readonly string[]): RunningProgram =>
    program.start({ environment, ...(args && { args }) });

  test('prints the ready line alone on standard output, and the set-up code on standard error', async () => {
    const server = start({ PUBLIC_URL: 'https://auth.example.com' });
    const origin = await server.ready();
    expect(server.output.stdout).toBe(`latchkey ready at ${origin}/graphql\n`);
    expect(origin).toMatch(/^http:\/\/localhost:\d+$/);
    const setupCode = /^latchkey set-up code: (\S+)$/m.exec(server.output.stderr)?.[1] ?? '';
    const { token } = await signUp(server, { setupCode });
    expect((await server.client().ask('{ viewer { roles } }', { token })).body.data).toEqual({
      viewer: { roles: ['ADMIN'] },
    });

    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.output.stdout).toBe(`latchkey ready at ${origin}/graphql\n`);
    const logged = server.output.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('latchkey set-up code: '));
    for (const line of logged)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
    expect(server.output.stderr).not.toContain(PASSWORD);
  });

  test('makes its secret beside the database, both for this user alone, and finds them again', async () => {
    const first = start();
    await first.ready();
    const { token, id, refreshToken } = await signUp(first);
    first.kill('SIGINT');
    expect(await first.ended).toBe(0);
    const mode = (name: string): string => (statSync(join(program.folder, 'data', name)).mode & 0o777).toString(8);
    expect([mode('latchkey.db'), mode('latchkey.db.secret')]).toEqual(['600', '600']);
    const secret = readFileSync(join(program.folder, 'data', 'latchkey.db.secret'), 'utf8').trim();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);

    const port = new URL(first.output.stdout.replace('latchkey ready at ', '').trim()).port;
    const second = start({ PORT: port });
    await second.ready();
    expect((await second.client().ask('{ viewer { id } }', { token })).text('viewer.id')).toBe(id);
    const query = 'mutation ($t: String) { refreshSession(input: { refreshToken: $t }) { user { id } } }';
    expect((await second.client().ask(query, { variables: { t: refreshToken } })).text('refreshSession.user.id')).toBe(
      id,
    );
    expect(readFileSync(join(program.folder, 'data', 'latchkey.db.secret'), 'utf8').trim()).toBe(secret);
    expect(first.output.stderr + second.output.stderr).not.toContain(secret);
  });

  test('answers what runs when SIGTERM comes, accepts nothing after it, and exits with 0', async () => {
    const server = start();
    const origin = await server.ready();
    const { email, password } = await signUp(server);
    const requests = await Promise.all(Array.from({ length: 4 }, () => holdSignIn(origin, email, password)));
    server.kill('SIGTERM');
    await eventually(() => server.output.stderr.includes('"stopping"'));
    for (const answer of await Promise.all(requests.map(({ finish }) => finish()))) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 /m);
      expect(answer).toContain(email);
    }
    expect(await server.ended).toBe(0);
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('is not ready once SIGTERM has come, and serves on for the delay, which a second signal cuts short', async () => {
    const server = start({ SHUTDOWN_DELAY_SECONDS: '600' });
    const origin = await server.ready();
    const { email, password } = await signUp(server);
    server.kill('SIGTERM');
    await eventually(async () => (await fetch(`${origin}/readyz`)).status === 503);
    expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({ status: 'stopping' });
    const healthy = await fetch(`${origin}/healthz`);
    expect([healthy.status, healthy.headers.get('connection')]).toEqual([200, 'close']);
    await signIn(server, { email, password });
    let code: number | NodeJS.Signals | undefined;
    void server.ended.then((ended) => (code = ended));
    // Ones that come soon behind it are the same: npm and the terminal each send one.
    await eventually(() => {
      server.kill('SIGTERM');
      return code !== undefined;
    });
    expect(code).toBe(143);
  });

  test('ends, with 0, though clients hold on to their connections for ever', async () => {
    const server = start({ SHUTDOWN_DELAY_SECONDS: '1' });
    const origin = await server.ready();
    const { hostname, port } = new URL(origin);
    const silent = ['', 'GET /healthz HTTP/1.1\r\nHost: loc', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'].map(
      (bytes) =>
        connect(Number(port), hostname, function (this: Socket) {
          this.write(bytes);
        }).on('error', () => undefined),
    );
    await holdSignIn(origin, freshEmail());
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    silent.forEach((socket) => socket.destroy());
  });

  describeOnMongo('whose store has stopped answering', () => {
    test('ends all the same, with 0', async () => {
      const backend = createBackend('MongoDB');
      const { port, pathname } = new URL(backend.url);
      const proxy = await createTcpProxy(Number(port));
      const url = `mongodb://127.0.0.1:${proxy.port}${pathname}?directConnection=true`;
      const server = start({ STORE_URL: url, LATCHKEY_SECRET: SECRET });
      const origin = await server.ready();
      const { email } = await signUp(server);
      proxy.stall();
      const { finish } = await holdSignIn(origin, email);
      server.kill('SIGTERM');
      expect(await finish()).toMatch(/^HTTP\/1\.1 503 [^]*SERVICE_UNAVAILABLE/);
      expect(await server.ended).toBe(0);
      await proxy.close();
      await backend.destroy();
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('exits with 0 where %s comes while it starts', async (signal) => {
    // A store that takes connections and never answers keeps the start going.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, 'connection');
    const server = start({ STORE_URL: `mongodb://127.0.0.1:${port}/x`, LATCHKEY_SECRET: SECRET });
    await connected;
    server.kill(signal);
    expect(await server.ended).toBe(0);
    expect(server.output.stdout).toBe('');
    silent.close();
  });

  test('reads a file .env in its folder; what the environment says goes before it', async () => {
    writeFileSync(
      join(program.folder, '.env'),
      `STORE_URL=file:./elsewhere.db\nSIGN_UP=closed\nLATCHKEY_SECRET=${SECRET}\nHOST=\n`,
    );
    const server = start({ SIGN_UP: 'open' });
    await server.ready();
    await signUp(server);
    expect(statSync(join(program.folder, 'elsewhere.db')).isFile()).toBe(true);
    expect(() => statSync(join(program.folder, 'elsewhere.db.secret'))).toThrow();
  });

  test('exits with 64 for a command that is not there, and shows its help for --help', async () => {
    const unknown = start({}, ['reticulate']);
    expect(await unknown.ended).toBe(64);
    expect(unknown.output).toMatchObject({ stdout: '', stderr: expect.stringContaining('reticulate') });
    const help = start({}, ['--help']);
    expect(await help.ended).toBe(0);
    expect(help.output).toMatchObject({ stdout: expect.stringContaining('Usage: latchkey'), stderr: '' });
  });

  test.each([['help', 'nosuch'], ['nosuch', '--help'], ['--help', 'nosuch'], ['--nosuch']])(
    'exits with 64 where it is asked for the help of a command that is not there: %s %s',
    async (...args) => {
      const unknown = start({}, args);
      expect(await unknown.ended).toBe(64);
      expect(unknown.output).toMatchObject({ stdout: '', stderr: expect.stringContaining('nosuch') });
    },
  );

  test.each([
    ['help', 'user'],
    ['user', '--help'],
    ['--help', 'user'],
    ['user', 'ban', '-h'],
    ['help', 'user', 'ban'],
  ])('shows the help of a command, however it is asked for: %s %s', async (...args) => {
    const help = start({}, args);
    expect(await help.ended).toBe(0);
    expect(help.output.stdout).toMatch(/^Usage: latchkey user create /m);
  });

  test('prints its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const asked = start({}, ['--version']);
    expect(await asked.ended).toBe(0);
    expect(asked.output).toEqual({ stdout: `${version}\n`, stderr: '' });
  });

  test('exits with 69 where its store is away, and tells no password of it', async () => {
    const server = start({ STORE_URL: 'mongodb://user:pass-of-store@127.0.0.1:1/latchkey', LATCHKEY_SECRET: SECRET });
    expect(await server.ended).toBe(69);
    expect(server.output.stdout).toBe('');
    expect(server.output.stderr).toMatch(/^latchkey: .*STORE_URL/m);
    expect(server.output.stderr).not.toMatch(new RegExp(`pass-of-store|${SECRET}|\\n\\s+at `));
  });

  test('exits with 69 where its file, or its secret beside it, cannot be', async () => {
    writeFileSync(join(program.folder, 'plain'), '');
    for (const environment of [{}, { LATCHKEY_SECRET: SECRET }]) {
      const server = start({ STORE_URL: 'file:./plain/x.db', ...environment });
      expect(await server.ended).toBe(69);
      expect(server.output.stderr).toMatch(/^latchkey: .*STORE_URL.*\n$/);
    }
  });

  test('exits with 69 where its host is not to be found', async () => {
    const server = start({ HOST: 'nowhere.invalid' });
    expect(await server.ended).toBe(69);
    expect(server.output.stderr).toMatch(/latchkey: cannot listen: .*nowhere\.invalid.*\n$/);
  });

  test('exits with 69 where its port is taken', async () => {
    const other = createServer().listen(0, 'localhost');
    await once(other, 'listening');
    const server = start({ PORT: String((other.address() as AddressInfo).port) });
    expect(await server.ended).toBe(69);
    expect(server.output).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^latchkey: cannot listen: .*EADDRINUSE/m),
    });
    other.close();
  });

  test('exits with 78 for trusted documents that it could not run, names them, and makes no database', async () => {
    writeFileSync(
      join(program.folder, 'documents.json'),
      JSON.stringify({ abc: '{ viewer { id } }', def: '{ nothing }' }),
    );
    const server = start({ TRUSTED_DOCUMENTS: 'documents.json' });
    expect(await server.ended).toBe(78);
    expect(server.output.stderr).toMatch(/^\s+TRUSTED_DOCUMENTS: documents\.json: document def: .*nothing/m);
    expect(readdirSync(program.folder)).toEqual(['documents.json']);
  });

  test('exits with 78 for a wrong configuration, names every fault, and echoes no secret', async () => {
    const environment = {
      PORT: 'x',
      STORE_URL: 'nowhere',
      LATCHKEY_SECRET: 'tiny-secret',
      SIGN_UP: 'maybe',
      ROLES: 'ADMIN',
    };
    const server = start(environment);
    expect(await server.ended).toBe(78);
    expect(server.output.stdout).toBe('');
    for (const name of Object.keys(environment))
      expect(server.output.stderr).toMatch(new RegExp(`^\\s+${name}: must `, 'm'));
    expect(server.output.stderr).not.toMatch(/tiny-secret|\n\s+at /);
    expect(() => statSync(join(program.folder, 'data'))).toThrow();
  });

  test.each([
    'localhost:99999/x',
    'u:pass-of-store@/x',
    'localhost/?replicaSet=',
    'localhost/%zz',
    'localhost/?no=such',
  ])('exits with 78 for the address mongodb://%s, and tells no password of it', async (address) => {
    const server = start({ STORE_URL: `mongodb://${address}`, LATCHKEY_SECRET: SECRET });
    expect(await server.ended).toBe(78);
    expect(server.output.stderr).toMatch(/^\s+STORE_URL: is not a MongoDB connection string$/m);
    expect(server.output.stderr).not.toMatch(/pass-of-store|\n\s+at /);
  });

  test.each([{}, { LATCHKEY_SECRET: SECRET }])(
    'exits with 78 for a file of another machine, with %j',
    async (environment) => {
      const server = start({ STORE_URL: 'file://host/x.db', ...environment });
      expect(await server.ended).toBe(78);
      expect(server.output.stderr).toMatch(/^\s+STORE_URL: .*file:PATH/m);
      expect(server.output.stderr).not.toMatch(/\n\s+at /);
    },
  );

  test.each([
    ['empty', ''],
    ['short', 'tiny-secret\n'],
    ['of one letter', 'x'.repeat(64)],
  ])('exits with 78 where the file of its secret is %s, names the file, and makes no database', async (_, text) => {
    mkdirSync(join(program.folder, 'data'));
    const path = join(program.folder, 'data', 'latchkey.db.secret');
    writeFileSync(path, text);
    const server = start();
    expect(await server.ended).toBe(78);
    expect(server.output.stderr).toMatch(/^\s+LATCHKEY_SECRET: .*data\/latchkey\.db\.secret /m);
    expect(server.output.stderr).not.toMatch(/tiny-secret|\n\s+at /);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(() => statSync(join(program.folder, 'data', 'latchkey.db'))).toThrow();
  });

  test('exits with 78 for a database that a newer Latchkey made', async () => {
    const first = start();
    await first.ready();
    first.kill('SIGTERM');
    await first.ended;
    const database = new Database(join(program.folder, 'data', 'latchkey.db'));
    database.exec('PRAGMA user_version = 999');
    database.close();
    const older = start();
    expect(await older.ended).toBe(78);
    expect(older.output.stderr).toMatch(/^\s+STORE_URL: .*newer Latchkey: update/m);
    expect(older.output.stderr).not.toMatch(/\n\s+at /);
  });

  test('exits with 78 where the secret is not the one that the store was made with', async () => {
    const first = start({ LATCHKEY_SECRET: SECRET });
    await first.ready();
    first.kill('SIGTERM');
    await first.ended;
    const other = start({ LATCHKEY_SECRET: SECRET.toUpperCase() });
    expect(await other.ended).toBe(78);
    expect(other.output.stderr).toMatch(/LATCHKEY_SECRET/);
    expect(other.output.stderr).not.toMatch(/\n\s+at /);
  });

  test('exits with 78 for an administrator who cannot be', async () => {
    const server = start({ ADMIN_EMAIL: freshEmail(), ADMIN_PASSWORD: 'short' });
    expect(await server.ended).toBe(78);
    expect(server.output.stderr).toMatch(/ADMIN_PASSWORD: /);
    expect(server.output.stderr).not.toContain('short\n');
  });
});
