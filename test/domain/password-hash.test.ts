import { randomBytes, scryptSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hash as argon2 } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { createPasswords, kindsBeside } from '../../src/domain/password.js';
import { CURRENT_HASH_KIND, decoyOf, hashKind, readPasswordHash, workOf } from '../../src/domain/password-hash.js';
import { provePassword } from '../../src/domain/password-proof.js';
import { importUsers, type UserImport } from '../../src/domain/user-import.js';
import type { User } from '../../src/domain/user.js';

const PASSWORD = 'correct horse \u{1F40E} battery';
const passwords = createPasswords({ concurrency: 2, queueLength: 10 });

/** As passlib and others write it. */
function scrypt(password: string, { ln = 4, r = 8, p = 1, saltBytes = 16, bytes = 32 } = {}): string {
  const salt = randomBytes(saltBytes);
  const derived = scryptSync(password, salt, bytes, { N: 2 ** ln, r, p, maxmem: 2 ** 30 });
  const text = (part: Buffer): string => part.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(derived)}`;
}

const SMALL = { memoryCost: 64, timeCost: 1, parallelism: 1 };
const ARGON2I = { ...SMALL, algorithm: 1 } as const;
const ARGON2D = { ...SMALL, algorithm: 0 } as const;
/** The three differ in what they are called alone, for passwords that a program of today has hashed. */
const bcryptOf = async (cost: number, version: '2a' | '2b' | '2y'): Promise<string> =>
  (await bcrypt(PASSWORD, cost)).replace(/^\$2\w\$/, `$${version}$`);

describe('a hash of another system', () => {
  test.each([
    ['all of 72 bytes', 'ä'.repeat(36), 'ä'.repeat(36), 1],
    ['the first 72 of more', `${'ä'.repeat(36)} right`, `${'ä'.repeat(36)} wrong`, 0],
    ['what is before a NUL', PASSWORD, `${PASSWORD}\0${PASSWORD}`, 0],
  ])('bcrypt judges %s: what it did not look at never becomes the password', async (_what, right, typed, times) => {
    const replaced: string[] = [];
    const users = { replacePasswordHash: async (...given: string[]) => void replaced.push(String(given[2])) };
    const user = { id: 'u', passwordHash: await bcrypt(right, 4) } as User;
    await provePassword({ users, passwords }, user, typed).catch(() => undefined);
    expect(replaced).toHaveLength(times);
    for (const hash of replaced) expect(await passwords.verify(hash, right)).toBe(true);
  });

  test.each([
    ['Argon2id with other parameters', () => argon2(PASSWORD, SMALL)],
    ['Argon2i', () => argon2(PASSWORD, ARGON2I)],
    ['Argon2d', () => argon2(PASSWORD, ARGON2D)],
    ['bcrypt, 2b', () => bcryptOf(4, '2b')],
    ['bcrypt, 2a', () => bcryptOf(4, '2a')],
    ['bcrypt of PHP, 2y', () => bcryptOf(5, '2y')],
    ['scrypt', async () => scrypt(PASSWORD)],
    ['scrypt as OWASP asks for', async () => scrypt(PASSWORD, { ln: 17 })],
    ['scrypt with 64 bytes', async () => scrypt(PASSWORD, { r: 1, p: 3, saltBytes: 64, bytes: 64 })],
  ])('%s: is its password\u2019s alone, and out of date', async (_name, make) => {
    const kept = await make();
    expect(await passwords.verify(kept, PASSWORD)).toBe(true);
    expect(await passwords.verify(kept, `${PASSWORD} `)).toBe(false);
    expect(await passwords.verify(kept, PASSWORD.normalize('NFD').toUpperCase())).toBe(false);
    expect(passwords.isOutdated(kept)).toBe(true);
  });

  test('of known answers: bcrypt and scrypt, as others have published them', async () => {
    // openwall crypt_blowfish 1.3, wrapper.c; RFC 7914 section 12, third vector.
    const openwall = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    expect(await passwords.verify(openwall, 'U*U')).toBe(true);
    const vector = [
      ...['7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2'],
      ...['d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'],
    ].join('');
    const expected = Buffer.from(vector, 'hex').toString('base64').replace(/=+$/, '');
    const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
    expect(await passwords.verify(`$scrypt$ln=14,r=8,p=1$${salt}$${expected}`, 'pleaseletmein')).toBe(true);
  });

  test('of known answers: scrypt of better-auth, which normalizes a password before it hashes it', async () => {
    // What better-auth 1.7.25 keeps of the password '\ufb01ve \u00b2 times \u00bd pizza': salt, as text, and key.
    const salt = '66f57d0d81c98dcb6d84cccac57c3461';
    const key = [
      ...['a43ed2aa2eae72175ca2620dfddb0853b1bc9daad7989da53f7e141ad4b36e88'],
      ...['2e13ae40b0bb4f831ab12d5ffc23d627bc11134c777e9f2485425aa28522d505'],
    ].join('');
    const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
    const kept = (form: string) =>
      `$scrypt$ln=14,r=16,p=1${form}$${text(Buffer.from(salt))}$${text(Buffer.from(key, 'hex'))}`;
    const typed = '\ufb01ve \u00b2 times \u00bd pizza';
    expect(await passwords.verify(kept(',form=nfkc'), typed)).toBe(true);
    expect(await passwords.verify(kept(',form=nfkc'), typed.normalize('NFKC'))).toBe(true);
    expect(await passwords.verify(kept(',form=nfkc'), `${typed}!`)).toBe(false);
    expect(await passwords.verify(kept(''), typed)).toBe(false);
    expect(readPasswordHash(kept(',form=nfc'))).toBeNull();
    expect(workOf(`${hashKind(kept(',form=nfkc'))}`)).toBe(workOf(`${hashKind(kept(''))}`));
    expect(await decoyOf(`${hashKind(kept(',form=nfkc'))}`)?.(typed)).toBe(false);
  });
});

describe('a failed check', () => {
  const KINDS = ['$2b$10$', '$scrypt$ln=4,r=8,p=1$', '$argon2i$v=19$m=64,t=1,p=1$'];

  test('does the work of each kind of hash once, whatever the hash is, and where there is none', async () => {
    const hashes = [
      await passwords.hash(PASSWORD),
      await bcryptOf(10, '2y'),
      scrypt(PASSWORD),
      await argon2(PASSWORD, ARGON2I),
    ];
    for (const kept of [null, '!', '*', ...hashes]) {
      const own = (kept === null ? null : hashKind(kept)) ?? CURRENT_HASH_KIND;
      expect([own, ...kindsBeside(kept, KINDS)].sort()).toEqual([CURRENT_HASH_KIND, ...KINDS].sort());
    }
  });

  test('does no more than ours costs where no import brought others', async () => {
    for (const kept of [null, '!', await passwords.hash(PASSWORD)]) expect(kindsBeside(kept, [])).toEqual([]);
  });

  test('is of a kind that a check can be made of, which nobody passes', async () => {
    for (const kind of [CURRENT_HASH_KIND, ...KINDS]) expect(await decoyOf(kind)?.(PASSWORD)).toBe(false);
  });

  test('asks which kinds there are before it takes a place in the queue', async () => {
    let isAway = true;
    const listHashKinds = async (): Promise<string[]> => (isAway ? new Promise(() => undefined) : KINDS);
    const evened = createPasswords({ concurrency: 1, queueLength: 0, listHashKinds });
    void evened.verify(null, PASSWORD);
    isAway = false;
    expect(await evened.verify(null, PASSWORD)).toBe(false);
  });

  test('does all of that work, and so does a right one that is refused; one that is let in does its own alone', async () => {
    let looked = 0;
    class Kinds extends Array<string> {
      override [Symbol.iterator](): ArrayIterator<string> {
        looked += 1;
        return super[Symbol.iterator]();
      }
    }
    const listHashKinds = async (): Promise<string[]> => Kinds.from(KINDS);
    const evened = createPasswords({ concurrency: 1, queueLength: 10, listHashKinds });
    expect([await evened.verify(scrypt(PASSWORD), PASSWORD), looked]).toEqual([true, 0]);
    expect([await evened.verify(scrypt(PASSWORD), PASSWORD, { isRefused: true }), looked]).toEqual([true, 1]);
    for (const kept of [null, scrypt(PASSWORD)]) expect(await evened.verify(kept, 'another password')).toBe(false);
    expect(looked).toBe(3);
  });
});

describe('an import', () => {
  const usersWith = (...kinds: string[]): Parameters<typeof importUsers>[0] => ({
    listHashKinds: async () => kinds,
    importMany: async (imported) => imported.map(() => null),
  });
  const of = (passwordHash: string): UserImport => ({
    ...{ id: null, email: `${Math.random()}@example.com`, emailVerified: true, passwordHash, roles: [] },
    ...{ ban: null, createdAt: null, lastSignInAt: null },
  });

  test.each([
    ['bcrypt, cost 12, and others beside it', ['$2b$12$', '$2b$10$'], '$scrypt$ln=14,r=8,p=1$', 'added'],
    ['bcrypt, cost 12, and scrypt with 128 MiB', ['$2b$12$'], '$scrypt$ln=17,r=8,p=1$', 'too-many-hash-kinds'],
    ['what was there before', ['$2b$13$', '$2b$12$'], '$2b$12$', 'added'],
    ['bcrypt, cost 14', [], '$2b$14$', 'too-many-hash-kinds'],
    ['Argon2 with a gigabyte in all', ['$2b$04$'], '$argon2id$v=19$m=262144,t=4,p=1$', 'too-many-hash-kinds'],
  ] as const)('makes no failed sign-in twenty times as dear: %s', async (_what, listed, kind, outcome) => {
    const ending = kind.startsWith('$2b') ? 'a'.repeat(53) : `${'A'.repeat(22)}$${'A'.repeat(43)}`;
    expect(await importUsers(usersWith(...listed), [of(kind + ending)])).toEqual([outcome]);
  });

  test('brings eight kinds of hashes at most: a ninth would make every failed sign-in dearer', async () => {
    const users = usersWith('$2b$04$', '$2b$05$', '$2b$06$', '$2b$07$', '$2b$08$', '$2b$09$', CURRENT_HASH_KIND);
    const costs = [4, 10, 11, 12, 10].map((cost) => of(`$2b$${String(cost).padStart(2, '0')}$${'a'.repeat(53)}`));
    const outcomes = await importUsers(users, [...costs, of('!'), of(await passwords.hash(PASSWORD))]);
    expect(outcomes).toEqual(['added', 'added', 'added', 'too-many-hash-kinds', 'added', 'added', 'added']);
  });
});

describe('what cannot be checked, or would cost too much', () => {
  test.each([
    ['nothing', ''],
    ['no password', '*'],
    ['SHA-256 of crypt', '$5$rounds=5000$usesomesillystri$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['Argon2 with no hash', '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$'],
    ['Argon2 with a gigabyte', `$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['Argon2 with a million passes', `$argon2id$v=19$m=64,t=1000000,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['Argon2 with a thousand lanes', `$argon2id$v=19$m=65536,t=1,p=1000$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['bcrypt of cost 16', `$2b$16$${'a'.repeat(53)}`],
    ['bcrypt of cost 3', `$2b$03$${'a'.repeat(53)}`],
    ['bcrypt with a defect, 2x', `$2x$05$${'a'.repeat(53)}`],
    ['bcrypt cut off', `$2b$05$${'a'.repeat(52)}`],
    ['scrypt with half a gigabyte', `$scrypt$ln=19,r=8,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['scrypt with 2^99', `$scrypt$ln=99,r=8,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['scrypt that takes a minute', `$scrypt$ln=17,r=8,p=99$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['scrypt that no parameters allow', `$scrypt$ln=16,r=1,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['scrypt without blocks', `$scrypt$ln=4,r=0,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}`],
    ['scrypt with 8 bytes', '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAA'],
  ])('%s: is nobody\u2019s, and takes the time of a hash of ours', async (_name, kept) => {
    expect(readPasswordHash(kept)).toBeNull();
    expect(await passwords.verify(kept, PASSWORD)).toBe(false);
  });

  test('whatever is taken for a hash can be checked', async () => {
    for (const [ln, r, p] of [
      [1, 1, 1],
      [15, 1, 1],
      [1, 99, 99],
      [11, 99, 1],
    ] as const) {
      const kept = `$scrypt$ln=${ln},r=${r},p=${p}$c2FsdHNhbHQ$${'A'.repeat(43)}`;
      expect([kept, await readPasswordHash(kept)?.(PASSWORD)]).toEqual([kept, false]);
    }
    for (const kept of [`$2b$04$${'.'.repeat(53)}`, `$2y$04$${'9'.repeat(53)}`]) {
      expect([kept, await readPasswordHash(kept)?.(PASSWORD)]).toEqual([kept, false]);
    }
  });
});
