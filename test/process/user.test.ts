import { randomBytes, scryptSync } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { hash as bcrypt } from '@node-rs/bcrypt';
import type { Environment } from '../../src/config.js';
import { eventually } from '../http/support/eventually.js';
import { PASSWORD, refresh, refreshed, SIGN_IN, signIn, signUp, VIEWER } from '../http/support/people.js';
import { readRows, withMongo } from '../http/support/raw-store.js';
import { newUser } from '../stores/builders.js';
import { createBackend, describeOnEachStore, type Backend } from '../support/stores.js';
import { programForTests, type EndedProgram, type RunningProgram } from './support/program.js';
import { describeOnTerminal } from './support/terminal.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

const program = programForTests();

const run = (environment: Environment, args: readonly string[], input = ''): Promise<EndedProgram> =>
  program.run({ environment, args, input });

describeOnEachStore('latchkey user', (createFresh) => {
  let environment: Environment;
  let backend: Backend;
  beforeEach(() => {
    backend = createFresh();
    environment = {
      STORE_URL: backend.url,
      LATCHKEY_SECRET: SECRET,
      PUBLIC_URL: 'http://auth.example.com',
      ROLES: 'EDITOR',
    };
  });

  const user = (...args: string[]): Promise<EndedProgram> => run(environment, ['user', ...args]);
  const create = (password: string, ...args: string[]): Promise<EndedProgram> =>
    run(environment, ['user', 'create', ...args], `${password}\n`);
  /** What a command answers with `--json`; it must have been done. */
  async function json(ended: Promise<EndedProgram>): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
  async function startServer(): Promise<RunningProgram> {
    const server = program.start({ environment });
    await server.ready();
    return server;
  }
  const rowsOf = async (...names: string[]): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const rows = await readRows(backend.url);
    return names.flatMap((name) => rows[name] ?? []);
  };
  const actions = async (): Promise<string[]> =>
    (await rowsOf('auditEntries', 'audit_entries'))
      .filter((entry) => (entry['actorId'] ?? entry['actor_id'] ?? null) === null)
      .map(({ action, reason }) => `${String(action)} ${String(reason)}`)
      .filter((told) => !told.startsWith('signing-key'))
      .sort();

  test('makes accounts, shows and lists them, and servers that run let them in', async () => {
    const server = await startServer();
    const made = await json(
      create(PASSWORD, 'Ann@example.com', '--role', 'ADMIN', '--role', 'EDITOR', '--verified', '--json'),
    );
    expect(made).toEqual({
      ...{ id: expect.any(String), email: 'Ann@example.com', emailVerified: true, hasPassword: true },
      ...{ createdAt: expect.any(String), lastSignInAt: null, roles: ['ADMIN', 'EDITOR'], ban: null, sessions: 0 },
    });
    const ann = await signIn(server, { email: 'ann@example.com', password: PASSWORD });
    expect(ann.id).toBe(made['id']);
    expect(await json(user('show', 'ANN@example.com', '--json'))).toMatchObject({ id: ann.id, sessions: 1 });
    const shown = await user('show', ann.id);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/^roles +ADMIN EDITOR$/m) });
    expect(shown.stdout + shown.stderr).not.toMatch(/argon2/);

    await json(run(environment, ['user', 'create', 'bob@example.com', '--no-password', '--json']));
    expect(await json(user('show', 'bob@example.com', '--json'))).toMatchObject({ hasPassword: false });
    const listed = async (...args: string[]): Promise<unknown[]> =>
      ((await json(user('list', '--json', ...args))) as unknown as { email: string }[]).map(({ email }) => email);
    expect(await listed()).toEqual(['Ann@example.com', 'bob@example.com']);
    expect(await listed('--role', 'EDITOR')).toEqual(['Ann@example.com']);
    expect(await listed('--email', 'BOB')).toEqual(['bob@example.com']);
    expect(await listed('--limit', '1')).toEqual(['Ann@example.com']);
    expect(await listed('--after', 'ann@example.com')).toEqual(['bob@example.com']);
    expect(await listed('--created-before', '2020-01-01')).toEqual([]);
    const table = (await user('list')).stdout.trimEnd().split('\n');
    expect(table).toEqual([
      expect.stringMatching(/^ID +EMAIL +ROLES +CREATED +LAST SIGN-IN +BANNED$/),
      expect.stringMatching(/ Ann@example.com +ADMIN EDITOR +20\S+ +20\S+ +-$/),
      expect.stringMatching(/ bob@example.com +- +20\S+ +- +-$/),
    ]);
    expect(await actions()).toEqual([
      ...['role-granted ADMIN', 'role-granted EDITOR', 'user-created null', 'user-created null'],
    ]);
  });

  test('bans, and servers that run refuse the tokens at once; tells the public reason; lifts the ban', async () => {
    const server = await startServer();
    const person = await signUp(server);
    const until = '2099-12-31T00:00:00.000Z';
    const banned = await json(
      user(
        'ban',
        person.email,
        '--reason',
        'spam in #general',
        '--public-reason',
        'Spam',
        '--until',
        '2099-12-31',
        '--json',
      ),
    );
    expect(banned).toMatchObject({
      ban: { by: null, reason: 'spam in #general', publicReason: 'Spam', until },
      sessions: 0,
    });
    const viewer = () => server.client().ask(VIEWER, { token: person.token });
    await eventually(async () => (await viewer()).code === 'SESSION_EXPIRED');
    const input = { email: person.email, password: PASSWORD };
    const refused = await server.client().ask(SIGN_IN, { variables: { input } });
    expect(refused.body.errors?.[0]?.extensions).toEqual({ code: 'USER_BANNED', reason: 'Spam', until });
    expect((await refresh(server, person.refreshToken)).code).toBe('USER_BANNED');

    expect(await user('unban', person.id)).toMatchObject({ code: 0 });
    expect((await signIn(server, person)).id).toBe(person.id);
    expect(await actions()).toEqual(expect.arrayContaining(['user-banned spam in #general', 'user-unbanned null']));
  });

  test('gives and takes roles: access tokens of before are to be refreshed', async () => {
    const server = await startServer();
    const person = await signUp(server);
    const roles = '{ viewer { roles } }';
    const granted = await json(user('grant', person.email, 'EDITOR', '--json'));
    expect(granted).toMatchObject({ roles: ['EDITOR'] });
    await eventually(async () => (await server.client().ask(roles, { token: person.token })).code === 'TOKEN_EXPIRED');
    const again = await refreshed(server, person);
    expect((await server.client().ask(roles, { token: again.token })).body.data).toEqual({
      viewer: { roles: ['EDITOR'] },
    });
    expect(await json(user('withdraw', person.id, 'EDITOR', '--json'))).toMatchObject({ roles: [] });
    await eventually(async () => (await server.client().ask(roles, { token: again.token })).code === 'TOKEN_EXPIRED');
    expect(await actions()).toEqual(expect.arrayContaining(['role-granted EDITOR', 'role-withdrawn EDITOR']));
  });

  test('deletes an account, and servers that run refuse its tokens at once', async () => {
    const server = await startServer();
    const person = await signUp(server);
    expect(await user('delete', person.email)).toMatchObject({ code: 64, stdout: '' });
    expect(await json(user('delete', person.email, '--yes', '--json'))).toEqual({
      ...{ id: person.id, email: person.email, deleted: true },
    });
    await eventually(
      async () => (await server.client().ask(VIEWER, { token: person.token })).code === 'SESSION_EXPIRED',
    );
    expect(await user('show', person.email)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^latchkey: NOT_FOUND: /),
    });
    expect(await actions()).toContain('user-deleted null');
  });

  test('keeps to the guards and the rules of the API, says so by their codes, and changes nothing', async () => {
    await create(PASSWORD, 'admin@example.com', '--role', 'ADMIN');
    const before = await rowsOf('users', 'auditEntries', 'audit_entries');
    const refusals: [Promise<EndedProgram>, number, RegExp][] = [
      [user('withdraw', 'admin@example.com', 'ADMIN'), 1, /^latchkey: FORBIDDEN: The last administrator stays/m],
      [user('ban', 'admin@example.com'), 1, /^latchkey: FORBIDDEN: /m],
      [user('delete', 'admin@example.com', '--yes'), 1, /^latchkey: FORBIDDEN: /m],
      [create('password', 'new@example.com'), 1, /^latchkey: WEAK_PASSWORD: /m],
      [create(PASSWORD, 'ADMIN@example.com'), 1, /^latchkey: EMAIL_TAKEN: /m],
      [create(PASSWORD, 'no address'), 1, /^latchkey: BAD_USER_INPUT: /m],
      [run(environment, ['user', 'create', 'no address']), 1, /^latchkey: BAD_USER_INPUT: /m],
      [run(environment, ['user', 'create', 'new@example.com']), 64, /^latchkey: a password is needed/m],
      [user('ban', 'admin@example.com', '--until', '2001-01-01'), 1, /^latchkey: BAD_USER_INPUT: /m],
      [user('ban', 'admin@example.com', '--until', 'tomorrow'), 64, /--until is a day or a time/],
      [user('grant', 'admin@example.com', 'EDITR'), 64, /there is no role EDITR; there are ADMIN, MODERATOR, EDITOR/],
      [user('unban', 'nobody@example.com'), 1, /^latchkey: NOT_FOUND: /m],
    ];
    for (const [refusal, code, stderr] of refusals) {
      expect(await refusal).toEqual({ code, stdout: '', stderr: expect.stringMatching(stderr) });
    }
    expect(await rowsOf('users', 'auditEntries', 'audit_entries')).toEqual(before);
  });

  test('makes no store but by what adds to one: the others say that there is none, and exit with 69', async () => {
    const none = {
      ...environment,
      STORE_URL: environment['STORE_URL']?.startsWith('file:') ? 'file:new/latchkey.db' : backend.url,
    };
    if (none.STORE_URL === backend.url) await withMongo(backend.url, (database) => database.dropDatabase());
    const there = async (): Promise<unknown> =>
      none.STORE_URL === backend.url ? Object.keys(await readRows(backend.url)) : readdirSync(program.folder);
    const before = await there();
    const commands = [
      'user list',
      'user show ann@example.com',
      'user export',
      'user export users.ndjson',
      'user unban ann@example.com',
    ];
    for (const command of [
      ...commands,
      'session list ann@example.com',
      'session revoke --all',
      'keys list',
      'keys reencrypt',
    ]) {
      expect([command, await run(none, command.split(' '))]).toEqual([
        command,
        {
          code: 69,
          stdout: '',
          stderr: expect.stringMatching(/^latchkey: the store of STORE_URL cannot be reached: there is none at /),
        },
      ]);
    }
    expect(await there()).toEqual(before);
    expect((await run(none, ['user', 'create', 'ann@example.com', '--no-password'])).code).toBe(0);
    expect(await run(none, ['user', 'list', '--json'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('ann@'),
    });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'export that %s ends leaves no file with password hashes',
    async (signal) => {
      const { users } = await backend.open();
      const history = { ban: null, createdAt: null, lastSignInAt: null };
      for (let batch = 0; batch < 8; batch += 1) {
        await users.importMany(
          Array.from({ length: 1_000 }, () => ({ ...newUser({ passwordHash: '*', roles: [] }), ...history })),
        );
      }
      const files = (): string[] => readdirSync(program.folder).filter((name) => name.startsWith('users.ndjson'));
      let ended: number | NodeJS.Signals;
      // On a machine that is busy it may be done before the signal comes: then another one is.
      do {
        rmSync(join(program.folder, 'users.ndjson'), { force: true });
        const exporting = program.start({ environment, args: ['user', 'export', 'users.ndjson'] });
        while (files().length === 0) await setTimeout(2);
        exporting.kill(signal);
        ended = await exporting.ended;
      } while (files().includes('users.ndjson'));
      expect([ended, files()]).toEqual([signal, []]);
    },
  );

  describe('import', () => {
    const line = (fields: Record<string, unknown>): string => `${JSON.stringify(fields)}\n`;
    function write(name: string, ...lines: string[]): string {
      writeFileSync(join(program.folder, name), lines.join(''));
      return name;
    }
    const countUsers = async (): Promise<number> => (await rowsOf('users')).length;

    test('adds users with bcrypt and scrypt hashes, which their first sign-in replaces, once', async () => {
      const salt = randomBytes(16);
      const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
      const scrypt = `$scrypt$ln=14,r=8,p=1$${base64(salt)}$${base64(scryptSync(PASSWORD, salt, 32))}`;
      const hashes: Record<string, string> = {
        'b@example.com': await bcrypt(PASSWORD, 6),
        's@example.com': scrypt,
      };
      const lines = Object.entries(hashes).map(([email, passwordHash]) => line({ email, passwordHash }));
      expect(await json(user('import', write('users.ndjson', ...lines), '--json'))).toEqual({
        ...{ added: 2, alreadyThere: 0, badLines: 0, failedSignInWork: 3.3 },
      });
      const server = await startServer();
      const hashOf = async (email: string): Promise<unknown> => {
        const row = (await rowsOf('users')).find((each) => each['email'] === email);
        return row?.['passwordHash'] ?? row?.['password_hash'];
      };
      for (const [email, imported] of Object.entries(hashes)) {
        const wrong = await server
          .client()
          .ask(SIGN_IN, { variables: { input: { email, password: 'not the password' } } });
        expect([wrong.code, await hashOf(email)]).toEqual(['INVALID_CREDENTIALS', imported]);
        await signIn(server, { email, password: PASSWORD });
        const replaced = await hashOf(email);
        expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
        await signIn(server, { email, password: PASSWORD });
        expect(await hashOf(email)).toBe(replaced);
      }
    });

    test('reports each bad line by its number, goes on, and never repeats what stands in it', async () => {
      const name = write(
        'users.ndjson',
        line({ email: 'one@example.com' }),
        'secret nonsense\n',
        line({ email: 'secret' }),
        '\n',
        line({ email: 'five@example.com', passwordHash: 'secret', roles: [] }),
        line({ email: 'ONE@example.com' }),
        line({ id: 'x', email: 'one@example.com' }),
        line({ email: 'eight@example.com', surprise: 'secret' }),
        line({ email: 'nine@example.com', ban: { until: 'secret' } }),
        `{"email":"${'x'.repeat(70_000)}@secret.example"}\n`,
        line({ id: 'eleven', email: 'eleven@example.com', roles: ['EDITOR'], ban: { reason: 'spam' } }),
      );
      const imported = await user('import', name);
      expect(imported).toMatchObject({ code: 1, stdout: 'Imported: 2, already there: 1, bad lines: 7\n' });
      const reported = imported.stderr.trimEnd().split('\n');
      expect(reported.map((each) => /^line (\d+): (?:(\S+): )?/.exec(each)?.slice(1))).toEqual([
        ...[
          ['2', undefined],
          ['3', 'email'],
          ['5', 'passwordHash'],
          ['7', 'email'],
          ['8', undefined],
          ['9', 'ban.until'],
        ],
        ['10', undefined],
      ]);
      expect(imported.stderr).not.toMatch(/secret/);
      expect((await rowsOf('users')).map(({ email }) => email).sort()).toEqual([
        'eleven@example.com',
        'one@example.com',
      ]);
      expect(await actions()).toEqual([
        ...[
          'role-granted EDITOR',
          'user-banned spam',
          'users-imported Imported: 2, already there: 1, bad lines: 7',
          'users-imported begun',
        ],
      ]);
      const asJson = await user('import', name, '--json');
      expect(asJson).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^{"added":0,"alreadyThere":3,"badLines":7,"failedSignInWork":[\d.]+}\n$/),
      });
      expect(JSON.parse(asJson.stderr.split('\n')[1] ?? '')).toMatchObject({ line: 3, field: 'email' });
    });

    test('goes on behind a SIGKILL when it is run again: each user once', async () => {
      const lines = Array.from({ length: 2_000 }, (_, count) => line({ email: `user-${count}@example.com` }));
      const broken = program.start({
        environment,
        args: ['user', 'import', '-'],
        input: lines.slice(0, 1_200).join(''),
        isInputOpen: true,
      });
      await eventually(async () => (await countUsers()) >= 1_000);
      broken.kill('SIGKILL');
      await broken.ended;
      const again = await json(user('import', write('users.ndjson', ...lines), '--json'));
      expect(again).toEqual({ added: 1_000, alreadyThere: 1_000, badLines: 0, failedSignInWork: 1 });
      expect(await countUsers()).toBe(2_000);
    });

    test('takes no notice of a terminal that it has not: no bar, no control characters', async () => {
      const { stdout, stderr } = await user('import', write('users.ndjson', line({ email: 'a@example.com' })));
      expect([stdout, stderr]).toEqual(['Imported: 1, already there: 0, bad lines: 0\n', '']);
    });

    describeOnTerminal('and export', () => {
      test.each([
        [80, true],
        [0, false],
      ])('of %i columns ends, and shows a bar: %j', async (columns, isShown) => {
        const name = write(
          'users.ndjson',
          line({ email: 'a@example.com' }),
          'no user\n',
          line({ email: 'b@example.com' }),
        );
        const onTerminal = (...args: string[]): Promise<EndedProgram> =>
          program.run({ environment, args: ['user', ...args], isOnTerminal: true, columns });
        const imported = await onTerminal('import', name);
        expect(imported).toMatchObject({ code: 1, stdout: expect.stringContaining('line 2: is no JSON\r\n') });
        expect(imported.stdout).toMatch(/Imported: 2, already there: 0, bad lines: 1\r\n/);
        const exported = await onTerminal('export', 'exported.ndjson');
        expect(exported).toMatchObject({ code: 0, stdout: expect.stringMatching(/Exported: 2\r\n/) });
        // A full bar, and that the cursor is hidden meanwhile.
        for (const { stdout } of [imported, exported]) {
          expect([stdout.includes('█'.repeat(30)), stdout.includes('\u001B')]).toEqual([isShown, isShown]);
        }
      });
    });

    test('exits with 64 for a file that is not there, and an export into one that is', async () => {
      expect(await user('import', 'missing.ndjson')).toMatchObject({
        code: 64,
        stderr: expect.stringMatching(/ENOENT/),
      });
      const name = write('there.ndjson', 'precious');
      expect(await user('export', name)).toMatchObject({ code: 64, stderr: expect.stringMatching(/is there already/) });
      expect(readFileSync(join(program.folder, name), 'utf8')).toBe('precious');
    });
  });

  test('export is all of them, for the eyes of who asked for it alone, and the audit log hears of it', async () => {
    await create(PASSWORD, 'ann@example.com', '--role', 'ADMIN');
    await create(PASSWORD, 'bob@example.com');
    await user('ban', 'bob@example.com', '--reason', 'spam');
    expect(await user('export', 'users.ndjson')).toMatchObject({ code: 0, stdout: 'Exported: 2\n', stderr: '' });
    expect(statSync(join(program.folder, 'users.ndjson')).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(program.folder, 'users.ndjson'), 'utf8');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each) as unknown),
    ).toEqual([
      expect.objectContaining({
        email: 'ann@example.com',
        passwordHash: expect.stringMatching(/^\$argon2id/),
        roles: ['ADMIN'],
      }),
      expect.objectContaining({ email: 'bob@example.com', ban: expect.objectContaining({ reason: 'spam', by: null }) }),
    ]);
    expect((await user('export')).stdout).toBe(text);
    expect((await actions()).filter((told) => told.startsWith('users-exported'))).toHaveLength(2);
  });

  test('export, imported into SQLite and from there into the same kind of store, is the same to the byte', async () => {
    const others = [createBackend('SQLite'), createBackend(backend.name)];
    try {
      await create(PASSWORD, 'ann@example.com', '--role', 'ADMIN', '--verified');
      await create(PASSWORD, 'bob@example.com');
      await run(environment, ['user', 'create', 'eve@example.com', '--no-password', '--role', 'EDITOR']);
      await user(
        'ban',
        'bob@example.com',
        '--reason',
        '$spam \u2028 🦊',
        '--public-reason',
        'Spam',
        '--until',
        '2099-01-01',
      );
      await signIn(await startServer(), { email: 'ann@example.com', password: PASSWORD });
      const first = (await user('export')).stdout;
      expect(first.trimEnd().split('\n')).toHaveLength(3);
      let text = first;
      for (const { url } of others) {
        const there = { ...environment, STORE_URL: url };
        expect(await run(there, ['user', 'import', '-'], text)).toMatchObject({ code: 0, stderr: '' });
        text = (await run(there, ['user', 'export'])).stdout;
        expect(text).toBe(first);
      }
    } finally {
      for (const each of others) await each.destroy();
    }
  });
});

describeOnEachStore('latchkey session', (createFresh) => {
  test('lists the live sessions of a user, and ends one, those of a user, or everybody\u2019s', async () => {
    const backend = createFresh();
    const environment = { STORE_URL: backend.url, LATCHKEY_SECRET: SECRET, PUBLIC_URL: 'http://auth.example.com' };
    const server = program.start({ environment });
    await server.ready();
    const session = (...args: string[]): Promise<EndedProgram> => run(environment, ['session', ...args]);
    const ann = await signUp(server);
    const again = await signIn(server, ann);
    const bob = await signUp(server);
    const listed = async (): Promise<string[]> =>
      (JSON.parse((await session('list', ann.email, '--json')).stdout) as { id: string }[]).map(({ id }) => id);
    expect((await listed()).sort()).toEqual([ann.sessionId, again.sessionId].sort());
    expect((await session('list', ann.id)).stdout).toMatch(/^ID +CREATED +LAST SEEN +EXPIRES +FROM +DEVICE\n/);
    const codeOf = async ({ token }: { token: string }) => (await server.client().ask(VIEWER, { token })).code;

    expect(await session('revoke', ann.sessionId, '--json')).toMatchObject({
      ...{ code: 0, stdout: `{"revokedSessionIds":["${ann.sessionId}"]}\n` },
    });
    await eventually(async () => (await codeOf(ann)) === 'SESSION_EXPIRED');
    expect(await codeOf(again)).toBeUndefined();
    expect(await session('revoke', '--user', ann.email)).toMatchObject({ code: 0, stdout: 'Sessions ended: 1\n' });
    await eventually(async () => (await codeOf(again)) === 'SESSION_EXPIRED');
    expect(await codeOf(bob)).toBeUndefined();
    expect(await session('revoke', '--all', '--json')).toMatchObject({ code: 0, stdout: '{"users":2,"sessions":1}\n' });
    await eventually(async () => (await codeOf(bob)) === 'SESSION_EXPIRED');
    expect(await session('revoke', 'nobody')).toMatchObject({ code: 1, stderr: expect.stringMatching(/NOT_FOUND/) });
    expect(await session('revoke')).toMatchObject({ code: 64 });
  });
});

test.each(['user', 'session', 'keys', 'schema'])(
  'latchkey %s --help says what there is, and opens no store',
  async (name) => {
    const { code, stdout, stderr } = await run({}, [name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: latchkey ${name} `, 'm'));
    expect(() => statSync(join(program.folder, 'data'))).toThrow('ENOENT');
  },
);
