import { describe, expect, jest, test } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';
import { AuthError } from '../../src/domain/errors.js';
import { checkNewPassword, createPasswords } from '../../src/domain/password.js';

const passwords = createPasswords({ concurrency: 2, queueLength: 3 });

const codeOf = async (password: string, field = 'password'): Promise<string> => {
  try {
    await checkNewPassword(password, field);
    return 'none';
  } catch (error) {
    return error instanceof AuthError ? `${error.code} ${error.extensions.field ?? ''}` : String(error);
  }
};

describe('a new password', () => {
  test.each([
    ['seven characters', '1234567', 'WEAK_PASSWORD password'],
    ['eight characters', '8e.r?t+k', 'none'],
    ['seven characters of two units each', '😀'.repeat(7), 'WEAK_PASSWORD password'],
    ['eight characters of two units each', '😀'.repeat(8), 'none'],
    ['256 characters of two units each', '😀'.repeat(256), 'none'],
    ['257 characters', 'x'.repeat(257), 'BAD_USER_INPUT password'],
    ['a megabyte', 'x'.repeat(1_000_000), 'BAD_USER_INPUT password'],
    ['half of a surrogate pair', 'password\ud83d', 'BAD_USER_INPUT password'],
    ['spaces and NULs', ' \0 \0 \0 \0', 'none'],
  ])('of %s', async (_name, password, code) => {
    expect(await codeOf(password)).toBe(code);
  });
});

describe('a common password', () => {
  test.each(['password', '12345678', 'PassWord', 'qwertyuiop', 'iloveyou', 'football', '1q2w3e4r', 'password1'])(
    '%s is WEAK_PASSWORD, in any case',
    async (password) => {
      expect(await codeOf(password, 'newPassword')).toBe('WEAK_PASSWORD newPassword');
      expect(await codeOf(password.toUpperCase(), 'newPassword')).toBe('WEAK_PASSWORD newPassword');
    },
  );

  test('is one as a whole: with anything before or behind it, it is another', async () => {
    for (const password of ['password ', ' password', 'my password is long', 'passwörd']) {
      expect(await codeOf(password)).toBe('none');
    }
  });

  test('is on a list of more than the 3,000 that everybody has to refuse', async () => {
    const ofTheList = dictionary['passwords-common'].filter(({ length }) => length >= 8);
    expect(ofTheList.length).toBeGreaterThan(3_000);
    const codes = await Promise.all(ofTheList.map((password) => codeOf(password)));
    expect(new Set(codes)).toEqual(new Set(['WEAK_PASSWORD password']));
  });
});

describe('a password hash', () => {
  test('is Argon2id with 19 MiB, two passes and one lane, as a PHC string', async () => {
    expect(await passwords.hash('correct horse battery')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]+\$[^$]+$/);
  });

  test('belongs to its password alone, exactly as sent', async () => {
    const kept = await passwords.hash(' Correct horse\0battery ');
    expect(await passwords.verify(kept, ' Correct horse\0battery ')).toBe(true);
    for (const other of ['Correct horse\0battery', ' correct horse\0battery ', ' Correct horse', '']) {
      expect(await passwords.verify(kept, other)).toBe(false);
    }
  });

  test('does not take another spelling of the same characters', async () => {
    const kept = await passwords.hash('passwörd-é'.normalize('NFC'));
    expect(await passwords.verify(kept, 'passwörd-é'.normalize('NFD'))).toBe(false);
  });

  test('is never that of an account which is not there', async () => {
    expect(await passwords.verify(null, 'correct horse battery')).toBe(false);
  });

  test('with other parameters verifies, and is out of date', async () => {
    const weaker = await hash('correct horse battery', { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    expect(await passwords.verify(weaker, 'correct horse battery')).toBe(true);
    expect(passwords.isOutdated(weaker)).toBe(true);
    expect(passwords.isOutdated(await passwords.hash('correct horse battery'))).toBe(false);
  });

  test('of no account is asked for as often as one that is there: both take a place in the queue', async () => {
    const kept = await passwords.hash('correct horse battery');
    for (const passwordHash of [kept, null]) {
      const tries = Array.from({ length: 6 }, () => passwords.verify(passwordHash, 'wrong password'));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(5).fill('fulfilled'), 'rejected']);
    }
  });

  test('beyond the queue is SERVICE_UNAVAILABLE, and later ones are served again', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => passwords.hash('correct horse battery')));
    const refused = tries.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(15);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(passwords.hash('correct horse battery')).resolves.toMatch(/^\$argon2id/);
  });

  test('is answered together with others while more of them wait', async () => {
    // No time passes by which a busy machine would have them answered earlier.
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    try {
      const many = createPasswords({ concurrency: 2, queueLength: 20 });
      const sizes: number[] = [];
      let inThisTurn = 0;
      const note = (): void => {
        if (inThisTurn === 0) setImmediate(endTurn);
        inThisTurn += 1;
      };
      const endTurn = (): void => {
        sizes.push(inThisTurn);
        inThisTurn = 0;
      };
      await Promise.all(Array.from({ length: 18 }, () => many.hash('correct horse battery').then(note)));
      await new Promise((resolve) => setImmediate(resolve));
      for (const size of sizes.slice(0, 3)) expect(size).toBeGreaterThanOrEqual(4);
    } finally {
      jest.useRealTimers();
    }
  });

  test('takes no place for a password that no account can have', async () => {
    const tries = Array.from({ length: 20 }, () => passwords.verify(null, 'x'.repeat(300)));
    expect(await Promise.all(tries)).toEqual(Array<boolean>(20).fill(false));
  });
});
