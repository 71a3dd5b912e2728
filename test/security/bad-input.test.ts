import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../support/client.js';
import { describeOnEachServer, type Fixture } from '../http/support/fixture.js';
import { freshEmail, PASSWORD, REFRESH, SIGN_IN, SIGN_UP, signUp } from '../http/support/people.js';
import { readContent } from '../http/support/raw-store.js';
import { freshAddress } from './support/tries.js';

const RUNS = 60;

/** An answer that tells the client what is wrong, in a code that is not the server's own fault. */
function expectClear(answer: Answer): void {
  const codes = answer.body.errors?.map(({ extensions }) => extensions['code']);
  const isClear =
    answer.status < 500 && !codes?.some((code) => typeof code !== 'string' || code === 'INTERNAL_SERVER_ERROR');
  expect({ isClear, status: answer.status, body: isClear || answer.body }).toEqual({
    ...{ isClear: true, status: answer.status, body: true },
  });
}

function declareBadInput(fixture: () => Fixture): void {
  /** From another address each time, so that none of it is refused for being too much. */
  const ask = (query: string, variables: Record<string, unknown> = {}, token: string | null = null) =>
    fixture()
      .server.client()
      .ask(query, { token, variables, headers: { 'x-forwarded-for': freshAddress() } });

  /** Runs this, and sees that nothing in the store is other than before; but for the audit log, which hears of refusals. */
  async function changesNothing(act: () => Promise<void>): Promise<void> {
    const read = async (): Promise<Record<string, unknown>> => ({
      ...(await readContent(fixture().backend.url)),
      ...{ auditEntries: null, audit_entries: null },
    });
    const before = await read();
    await act();
    expect(await read()).toEqual(before);
  }

  const forEach = <Value>(arbitrary: fc.Arbitrary<Value>, act: (value: Value) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(arbitrary, act), { numRuns: RUNS });

  test('any JSON in the place of any variable is refused with a code, or not there', async () => {
    const { token } = await fixture().admin();
    const queries: [string, string][] = [
      [SIGN_IN, 'input'],
      [SIGN_UP, 'input'],
      [REFRESH, 'input'],
      ['query ($id: ID) { user(id: $id) { id } }', 'id'],
      ['query ($email: String) { user(email: $email) { id } }', 'email'],
      ['query ($filter: UserFilter) { users(filter: $filter) { totalCount nodes { id } } }', 'filter'],
      ['query ($first: Int, $after: String) { users(first: $first, after: $after) { totalCount } }', 'after'],
      ['mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }', 'input'],
      ['mutation ($id: ID!) { revokeSession(id: $id) { revokedSessionIds } }', 'id'],
      ['mutation ($id: ID!) { unbanUser(userId: $id) { user { id } } }', 'id'],
      ['mutation ($role: Role!) { grantRole(userId: "x", role: $role) { user { id } } }', 'role'],
    ];
    const operators: object[] = [
      { $gt: '' },
      { $ne: null },
      { $regex: '.*' },
      { $where: 'sleep(1000)' },
      ['a', 'b'],
      { toString: 'x' },
    ];
    const inputs = fc.record(
      { email: fc.jsonValue(), password: fc.jsonValue(), userId: fc.jsonValue(), until: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const value = fc.oneof(fc.jsonValue(), inputs, fc.constantFrom(...operators));
    await changesNothing(() =>
      forEach(fc.tuple(fc.constantFrom(...queries), value), async ([[query, name], given]) => {
        expectClear(await ask(query, { [name]: given }, token));
      }),
    );
  });

  test('operators of MongoDB in the place of texts are refused before anything is asked of the store', async () => {
    const { email } = await signUp(fixture().server);
    await changesNothing(async () => {
      for (const operator of [{ $gt: '' }, { $ne: 'x' }, { $regex: '^' }, [email]]) {
        for (const input of [
          { email: operator, password: PASSWORD },
          { email, password: operator },
        ]) {
          const answer = await ask(SIGN_IN, { input });
          expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
        }
      }
      expect((await ask(SIGN_IN, { input: { email: '{"$gt":""}', password: PASSWORD } })).code).toBe(
        'INVALID_CREDENTIALS',
      );
    });
  });

  test('ids that are empty, of 10 kB, or no text at all find nothing', async () => {
    const { token } = await fixture().admin();
    const mutations = [
      'mutation ($id: ID!) { revokeSession(id: $id) { revokedSessionIds } }',
      'mutation ($id: ID!) { unbanUser(userId: $id) { user { id } } }',
      'mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }',
      'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }',
      'mutation ($id: ID!) { grantRole(userId: $id, role: ADMIN) { user { id } } }',
    ];
    await changesNothing(async () => {
      for (const query of mutations) {
        for (const id of [
          '',
          ' ',
          'x'.repeat(10_000),
          '\0',
          '\ud800',
          '__proto__',
          'constructor',
          0,
          9_007_199_254_740_991,
        ]) {
          expect((await ask(query, { id }, token)).code).toBe('NOT_FOUND');
        }
        for (const id of [{}, [], [1], true, 1.5, null, { $oid: 'x' }]) {
          expect(await ask(query, { id }, token)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
        }
      }
    });
  });

  test('an id with a NUL behind it is another\u2019s', async () => {
    const { token } = await fixture().admin();
    const { id, email } = await signUp(fixture().server);
    const query = 'query ($id: ID, $email: String) { user(id: $id, email: $email) { id } }';
    for (const variables of [{ id: `${id}\0` }, { id: `${id}\0x` }, { email: `${email}\0` }]) {
      expect((await ask(query, variables, token)).body.data).toEqual({ user: null });
    }
  });

  test('what is no e-mail address makes no account', async () => {
    const long = `${'x'.repeat(64)}@${'y'.repeat(190)}.example`;
    const bad = [
      '',
      ' ',
      'x',
      '@',
      'a@',
      '@b',
      'a@b@c',
      'a b@c',
      'a@b c',
      'a\0@b.c',
      'a\u200b@b.c',
      'a@b.c\n',
      '\ud800@b.c',
      long,
      `${'x'.repeat(65)}@b.c`,
    ];
    await changesNothing(async () => {
      for (const email of bad) {
        const answer = await ask(SIGN_UP, { input: { email, password: PASSWORD } });
        expect({ email, code: answer.code }).toEqual({ email, code: 'BAD_USER_INPUT' });
      }
      await forEach(fc.string({ unit: 'binary', maxLength: 400 }), async (email) => {
        expect((await ask(SIGN_IN, { input: { email, password: 'x' } })).code).toBe('INVALID_CREDENTIALS');
      });
    });
  });

  test.each([
    ['of 7 characters', '1234567', 'WEAK_PASSWORD'],
    ['of 7 emoji', '\u{1F511}'.repeat(7), 'WEAK_PASSWORD'],
    ['of 257 characters', 'x'.repeat(257), 'BAD_USER_INPUT'],
    ['of 257 emoji', '\u{1F511}'.repeat(257), 'BAD_USER_INPUT'],
    ['of 90,000 characters', 'x'.repeat(90_000), 'BAD_USER_INPUT'],
    ['with half of an emoji', `${PASSWORD}\ud83d`, 'BAD_USER_INPUT'],
    ['with the other half', `\udd11${PASSWORD}`, 'BAD_USER_INPUT'],
    ['that is empty', '', 'WEAK_PASSWORD'],
  ])('a password %s is refused at sign-up, and is nobody\u2019s at sign-in', async (_name, password, code) => {
    const { email } = await signUp(fixture().server);
    await changesNothing(async () => {
      expect((await ask(SIGN_UP, { input: { email: freshEmail(), password } })).code).toBe(code);
      expect((await ask(SIGN_IN, { input: { email, password } })).code).toBe('INVALID_CREDENTIALS');
    });
  });

  test.each([
    ['of 8 characters', 'x7#-kQ!z', 'x7#-kQ!'],
    ['of 8 emoji', '\u{1F511}\u{1F512}\u{1F513}\u{1F514}\u{1F515}\u{1F516}\u{1F517}\u{1F518}', '\u{1F511}'.repeat(8)],
    ['of 256 emoji', '\u{1F511}'.repeat(256), '\u{1F511}'.repeat(255)],
    ['with spaces around it', '  a spacious word  ', 'a spacious word'],
    ['with a NUL in it', 'before\0behind', 'before\0another'],
    ['with an accent, not composed', 'cafe\u0301 au lait', 'caf\u00e9 au lait'],
    ['in capitals', 'CAPITALS ONLY', 'capitals only'],
  ])('a password %s is taken exactly as sent', async (_name, password, almost) => {
    const { email } = await signUp(fixture().server, { password });
    expect((await ask(SIGN_IN, { input: { email, password: almost } })).code).toBe('INVALID_CREDENTIALS');
    expect((await ask(SIGN_IN, { input: { email, password } })).text('signIn.user.email')).toBe(email);
  });

  test('a device name has at most 100 characters, an emoji being one', async () => {
    const { email } = await signUp(fixture().server);
    const named = (deviceName: string) => ask(SIGN_IN, { input: { email, password: PASSWORD, deviceName } });
    for (const name of ['', 'x'.repeat(100), '\u{1F511}'.repeat(100)]) expect((await named(name)).status).toBe(200);
    for (const name of ['x'.repeat(101), '\u{1F511}'.repeat(101)]) {
      const answer = await named(name);
      expect([answer.code, answer.body.errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', 'deviceName']);
    }
  });

  test('a date that is none, or a ban that ends in the past, is refused; the year 9999 is a date', async () => {
    const { token } = await fixture().admin();
    const { id: userId } = await signUp(fixture().server);
    const ban = (until: unknown) =>
      ask(
        'mutation ($input: BanUserInput!) { banUser(input: $input) { user { ban { until } } } }',
        { input: { userId, until } },
        token,
      );
    const bad = [
      '',
      'tomorrow',
      '2099-13-01T00:00:00Z',
      '2099-02-30T00:00:00Z',
      '2099-01-01',
      '0000-01-01T00:00:00Z',
      '1969-12-31T23:59:59Z',
      '+275760-09-13T00:00:00.001Z',
      '-000001-01-01T00:00:00Z',
      '2000-01-01T00:00:00Z',
      {},
      [],
      true,
      1e300,
      -1,
      1.5,
    ];
    await changesNothing(async () => {
      for (const until of bad) {
        const answer = await ban(until);
        expect({ until, status: answer.status, code: answer.code }).toEqual({
          until,
          status: 400,
          code: 'BAD_USER_INPUT',
        });
      }
      const filters = ['createdAfter', 'createdBefore'].flatMap((name) =>
        ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'].map((date) => ({ [name]: date })),
      );
      for (const filter of filters) {
        expect(
          (await ask('query ($filter: UserFilter) { users(filter: $filter) { totalCount } }', { filter }, token))
            .status,
        ).toBe(200);
      }
    });
    expect((await ban('9999-12-31T23:59:59.999Z')).text('banUser.user.ban.until')).toBe('9999-12-31T23:59:59.999Z');
  });

  test('variables of half a megabyte, and keys of the prototype, are refused or ignored', async () => {
    await changesNothing(async () => {
      for (const variables of [
        { input: { email: 'x'.repeat(500_000), password: 'x'.repeat(400_000) } },
        { input: { email: 'x', password: 'y', constructor: 'z' } },
        { input: { email: 'x', password: 'y', hasOwnProperty: 'z' } },
        { input: 'x'.repeat(900_000) },
        Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${String(index)}`, index])),
      ]) {
        const answer = await ask(SIGN_IN, variables);
        expectClear(answer);
        expect(answer.body).not.toHaveProperty('data');
      }
    });
  });
}

describeOnEachServer('Bad input', declareBadInput, { TRUST_PROXY: '1' });
