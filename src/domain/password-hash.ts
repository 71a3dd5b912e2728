import { parseOptions, verify as verifyArgon2 } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { scrypt, timingSafeEqual } from 'node:crypto';

/** Whether the password is the one that a hash was made of. */
export type HashCheck = (password: string) => Promise<boolean>;

/** OWASP Password Storage Cheat Sheet: Argon2id (2), 19 MiB, two passes, one lane. */
export const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** The kind of every hash that is made here. Whoever changes it adds the one before to what `listHashKinds` answers. */
export const CURRENT_HASH_KIND = `$argon2id$v=19$m=${ARGON2ID.memoryCost},t=${ARGON2ID.timeCost},p=${ARGON2ID.parallelism}$`;

/** What one check may take, whoever chose the parameters: as much memory as twice OWASP's scrypt, and some seconds. */
const MOST_MEMORY_KIB = 262_144;
/** Memory that is written, pass by pass. */
const MOST_WORK_KIB = 1_048_576;
const BCRYPT_COSTS = { least: 4, most: 15 };
const MOST_BCRYPT_BYTES = 72;
const MOST_LANES = 16;
const BYTES = { leastSalt: 8, leastHash: 16, mostHash: 64 };

const ARGON2 = /^\$argon2(?:id|i|d)\$/;
/** Not `2x`, which names a defect of one implementation that nobody has any more. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** `form=nfkc`: a parameter of ours, for hashes of systems that normalize a password before they hash it. */
const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})(,form=nfkc)?\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/**
 * How to check a password against this hash: Argon2 or scrypt as a PHC string, or bcrypt, with whatever parameters.
 * `null` for what is none of these, and for what would cost more than 256 MiB or a few seconds, so that no import can
 * bring in what exhausts the server. bcrypt knows the first 72 bytes of a password, and so does its check. scrypt with
 * the further parameter `form=nfkc` is checked against the password's normal form NFKC, as better-auth hashes it.
 *
 * @see https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
 */
export function readPasswordHash(passwordHash: string): HashCheck | null {
  if (ARGON2.test(passwordHash)) return readArgon2(passwordHash);
  return readBcrypt(passwordHash) ?? readScrypt(passwordHash);
}

/**
 * What a hash's check costs goes by: its scheme and parameters, without salt and outcome. `null` for what is no hash.
 * Tells nothing about a password.
 */
export function hashKind(passwordHash: string): string | null {
  if (readPasswordHash(passwordHash) === null) return null;
  const [, cost] = BCRYPT.exec(passwordHash) ?? [];
  // The names of bcrypt's versions differ, what they cost does not.
  if (cost !== undefined) return `$2b$${cost}$`;
  return passwordHash.split('$').slice(0, -2).join('$') + '$';
}

/**
 * About how many times the work of a check of ours one of this kind is; 0 for what is no kind. By the usual figures: a
 * pass over as much memory takes scrypt five times as long as Argon2, and bcrypt with cost 10 takes 2.5 times ours.
 */
export function workOf(kind: string): number {
  const ours = ARGON2ID.memoryCost * ARGON2ID.timeCost;
  const [, ln, r, p] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)(?:,form=nfkc)?\$$/.exec(kind) ?? [];
  if (ln !== undefined) return (((2 ** Number(ln) * Number(r)) / 8) * Number(p) * 5) / ours;
  const [, cost] = /^\$2b\$(\d\d)\$$/.exec(kind) ?? [];
  if (cost !== undefined) return 2.5 * 2 ** (Number(cost) - 10);
  const [, m, t] = /[$,]m=(\d+),t=(\d+)/.exec(kind) ?? [];
  return (Number(m ?? 0) * Number(t ?? 0)) / ours;
}

/** The work of a check against a hash of this kind, for a hash that nobody has; `null` for what is no kind. */
export function decoyOf(kind: string): HashCheck | null {
  return readPasswordHash(kind + (kind.startsWith('$2b$') ? '.'.repeat(53) : `${'A'.repeat(22)}$${'A'.repeat(43)}`));
}

/** Whether a check against this hash takes in all of the password: bcrypt ends at 72 bytes, or at a NUL. */
export const isJudgedWhole = (passwordHash: string, password: string): boolean =>
  !BCRYPT.test(passwordHash) || (Buffer.byteLength(password) <= MOST_BCRYPT_BYTES && !password.includes('\0'));

function readArgon2(passwordHash: string): HashCheck | null {
  const options = parseArgon2(passwordHash);
  if (options === null) return null;
  const { memoryCost, timeCost, parallelism, saltLen, outputLen } = options;
  const isWithinBounds =
    timeCost >= 1 &&
    isWithin(parallelism, 1, MOST_LANES) &&
    isWithin(memoryCost, 8 * parallelism, MOST_MEMORY_KIB) &&
    memoryCost * timeCost <= MOST_WORK_KIB &&
    saltLen >= BYTES.leastSalt &&
    isWithin(outputLen, BYTES.leastHash, BYTES.mostHash);
  return isWithinBounds ? (password) => verifyArgon2(passwordHash, password) : null;
}

function parseArgon2(passwordHash: string): ReturnType<typeof parseOptions> | null {
  try {
    return parseOptions(passwordHash);
  } catch {
    return null;
  }
}

function readBcrypt(passwordHash: string): HashCheck | null {
  const [, cost] = BCRYPT.exec(passwordHash) ?? [];
  if (cost === undefined || !isWithin(Number(cost), BCRYPT_COSTS.least, BCRYPT_COSTS.most)) return null;
  return (password) => verifyBcrypt(password, passwordHash);
}

function readScrypt(passwordHash: string): HashCheck | null {
  const [, ln, r, p, form, salt = '', expected = ''] = SCRYPT.exec(passwordHash) ?? [];
  const [logCost, blockSize, parallelization] = [Number(ln), Number(r), Number(p)];
  const memoryKib = (2 ** logCost * blockSize) / 8;
  const isWithinBounds =
    blockSize >= 1 &&
    // RFC 7914 section 2: N is below 2^(128 * r / 8).
    isWithin(logCost, 1, 16 * blockSize - 1) &&
    parallelization >= 1 &&
    memoryKib <= MOST_MEMORY_KIB &&
    memoryKib * parallelization <= MOST_WORK_KIB;
  if (!isWithinBounds) return null;
  const options = { N: 2 ** logCost, r: blockSize, p: parallelization, maxmem: 2 * MOST_MEMORY_KIB * 1024 };
  const hashed = (password: string): string => (form === undefined ? password : password.normalize('NFKC'));
  const [saltBytes, expectedBytes] = [Buffer.from(salt, 'base64'), Buffer.from(expected, 'base64')];
  return (password) => verifyScrypt(hashed(password), saltBytes, expectedBytes, options);
}

interface ScryptOptions {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly maxmem: number;
}

const verifyScrypt = (password: string, salt: Buffer, expected: Buffer, options: ScryptOptions): Promise<boolean> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, expected.length, options, (error, derived) => {
      if (error === null) resolve(timingSafeEqual(derived, expected));
      else reject(error);
    });
  });

const isWithin = (value: number, least: number, most: number): boolean => value >= least && value <= most;
