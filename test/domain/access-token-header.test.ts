import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { createKidFinder } from '../../src/domain/access-token-header.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (header: object, rest = `${part({ iss: 'us' })}.c2ln`): string => `${part(header)}.${rest}`;

describe('The key that a token names', () => {
  test.each<[string, unknown, string | null | undefined]>([
    ['as a text', { typ: 'at+jwt', alg: 'EdDSA', kid: 'a-key' }, 'a-key'],
    ['as a number', { typ: 'at+jwt', alg: 'EdDSA', kid: 7 }, null],
    ['not at all', { typ: 'at+jwt', alg: 'EdDSA' }, null],
    ['in a token of another type', { typ: 'JWT', alg: 'EdDSA', kid: 'a-key' }, undefined],
    ['in a list', [{ typ: 'at+jwt', kid: 'a-key' }], undefined],
  ])('%s is found in the same way each time', (_name, header, kid) => {
    const findKid = createKidFinder();
    expect([1, 2, 3].map(() => findKid(token(header as object)))).toEqual([kid, kid, kid]);
  });

  test.each<[string, (whole: string) => string]>([
    ['with a padding', (whole) => `${whole}=`],
    ['with stray bits at the end', (whole) => whole.replace(/g$/, 'h')],
    ['with a part of one letter', (whole) => `${whole.slice(0, whole.lastIndexOf('.'))}.a`],
    ['with a space', (whole) => ` ${whole}`],
    ['with a line behind it', (whole) => `${whole}\n`],
    ['in four parts', (whole) => `${whole}.c2ln`],
    ['in two parts', (whole) => whole.slice(0, whole.lastIndexOf('.'))],
    ['in the other alphabet', (whole) => whole.replace('.', '+.')],
    ['longer than any header', (whole) => `${whole}${'AAAA'.repeat(20_000)}`],
  ])('is none %s, also where its header is known', (_name, change) => {
    const findKid = createKidFinder();
    const whole = token({ typ: 'at+jwt', kid: 'a-key' }, `${part({ iss: 'us' })}.c2lnbg`);
    expect(findKid(whole)).toBe('a-key');
    expect(findKid(change(whole))).toBeUndefined();
  });

  test('is remembered without the token', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heldBytes = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const findKid = createKidFinder();
    const findMany = (): void => {
      for (let each = 0; each < 100; each += 1) {
        const rest = `${String(each).padStart(8, '0').repeat(7_500)}.c2ln`;
        expect(findKid(token({ typ: 'at+jwt', kid: `key-${each}` }, rest))).toBe(`key-${each}`);
      }
    };
    const before = heldBytes();
    findMany();
    expect(heldBytes() - before).toBeLessThan((100 * 60_000) / 3);
    expect(findKid(token({ typ: 'at+jwt', kid: 'key-99' }))).toBe('key-99');
  });
});
