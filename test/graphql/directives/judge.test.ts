import { describe, expect, test } from '@jest/globals';
import type { Credential } from '../../../src/domain/principal.js';
import { judge } from '../../../src/graphql/directives/judge.js';
import { combine, NO_REQUIREMENT } from '../../../src/graphql/directives/requirement.js';
import { anonymous, clock, expired, viewer } from './support.js';

const auth = { ...NO_REQUIREMENT, auth: true };
const admin = { ...NO_REQUIREMENT, roles: [['ADMIN']] };
const fresh = { ...NO_REQUIREMENT, auth: true, maxAgeSeconds: 600 };
const owned = { ...NO_REQUIREMENT, owners: [{ field: 'userId', orRole: ['ADMIN'] }] };

const judged = (requirement: typeof NO_REQUIREMENT, credential: Credential, object: unknown = null): string | null =>
  judge(requirement, credential, clock, object);

describe('a requirement', () => {
  test('without rules lets anyone in, also with a credential that is not usable', () => {
    expect([anonymous, expired, viewer('1')].map((credential) => judged(NO_REQUIREMENT, credential))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test.each([
    ['@auth', auth],
    ['@auth(maxAgeSeconds)', fresh],
    ['@hasRole', admin],
    ['@hasPermission', { ...NO_REQUIREMENT, permissions: [['post:write']] }],
    ['@owner', owned],
  ])('of %s lets nobody in who is not signed in', (_, requirement) => {
    expect(judged(requirement, anonymous)).toBe('UNAUTHENTICATED');
    expect(judged(requirement, expired)).toBe('TOKEN_EXPIRED');
    expect(judged(requirement, { kind: 'guest' } as unknown as Credential)).toBe('UNAUTHENTICATED');
  });

  test('takes a proof of exactly the age, and none that is older', () => {
    expect(judged(fresh, viewer('1', [], 600))).toBeNull();
    expect(judged(fresh, viewer('1', [], 600.001))).toBe('REAUTHENTICATION_REQUIRED');
    expect(judged(fresh, viewer('1', [], Number.NaN))).toBe('REAUTHENTICATION_REQUIRED');
  });

  test('says FORBIDDEN before it asks for a fresh proof', () => {
    expect(judged(combine([fresh, admin]), viewer('1', [], 601))).toBe('FORBIDDEN');
    expect(judged(combine([fresh, owned]), viewer('1', [], 601), { userId: '2' })).toBe('FORBIDDEN');
    expect(judged(combine([fresh, admin]), viewer('1', ['ADMIN'], 601))).toBe('REAUTHENTICATION_REQUIRED');
  });

  test('of several roles takes one of each list', () => {
    const both = combine([{ ...NO_REQUIREMENT, roles: [['ADMIN', 'EDITOR'], ['MODERATOR']] }]);
    expect(judged(both, viewer('1', ['EDITOR', 'MODERATOR']))).toBeNull();
    expect(judged(both, viewer('1', ['ADMIN', 'EDITOR']))).toBe('FORBIDDEN');
  });
});

describe('@hasPermission', () => {
  const writer = { ...NO_REQUIREMENT, permissions: [['post:write', 'post:own'], ['post:read']] };
  const holding = (...permissions: string[]): Credential => viewer('1', ['ADMIN'], 0, permissions);

  test('takes one of each list, by its whole name', () => {
    expect(judged(writer, holding('post:read', 'post:own'))).toBeNull();
    expect(judged(writer, holding('post:write', 'post:own'))).toBe('FORBIDDEN');
    for (const close of ['post', 'post:*', 'post:writer', 'POST:WRITE', 'post:write ']) {
      expect(judged(writer, holding('post:read', close))).toBe('FORBIDDEN');
    }
    expect(judged(writer, anonymous)).toBe('UNAUTHENTICATED');
  });

  test('is refused to a principal of an application’s own that has none', () => {
    const principal = { userId: '1' as never, roles: ['ADMIN'] };
    expect(judge(writer, { kind: 'principal', principal }, clock, null)).toBe('FORBIDDEN');
    expect(judge(fresh, { kind: 'principal', principal }, clock, null)).toBe('REAUTHENTICATION_REQUIRED');
    expect(judge(auth, { kind: 'principal', principal }, clock, null)).toBeNull();
  });
});

describe('@owner', () => {
  test.each([
    ['text', '42'],
    ['a number', 42],
    ['a bigint', 42n],
    ['an ObjectId', { toHexString: () => '42' }],
  ])('recognizes an id that is %s', (_, userId) => {
    expect(judged(owned, viewer('42'), { userId })).toBeNull();
    expect(judged(owned, viewer('43'), { userId })).toBe('FORBIDDEN');
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a list of it', ['42']],
    ['an object that prints as it', { toString: () => '42' }],
    ['a String object', Object('42')],
    ['a method', () => '42'],
    ['a promise', Promise.resolve('42')],
    ['an ObjectId that says no text', { toHexString: () => ['42'] }],
    ['a hexString that is no method', { toHexString: '42' }],
  ])('is not fooled by %s', (_, userId) => {
    expect(judged(owned, viewer('42'), { userId })).toBe('FORBIDDEN');
  });

  test.each([['undefined'], ['null'], ['NaN'], ['[object Object]'], ['true'], ['']])(
    'does not take a missing or odd id for the user "%s"',
    (userId) => {
      for (const id of [undefined, null, Number.NaN, {}, true, [], () => '']) {
        expect(judged(owned, viewer(userId), { userId: id })).toBe('FORBIDDEN');
      }
    },
  );

  test.each([[null], [undefined], ['42'], [42], [() => '42']])('refuses where the object is %p', (object) => {
    expect(judged(owned, viewer('42'), object)).toBe('FORBIDDEN');
  });

  test('reads a getter of a model, and refuses where that throws', () => {
    class Post {
      readonly #author = { id: '42' };
      get userId(): string {
        return this.#author.id;
      }
    }
    expect(judged(owned, viewer('42'), new Post())).toBeNull();
    const broken = {
      get userId(): string {
        throw new Error('not loaded');
      },
    };
    expect(() => judged(owned, viewer('42'), broken)).toThrow('not loaded');
  });

  test('lets in whoever holds one of its roles', () => {
    expect(judged(owned, viewer('1', ['ADMIN']), { userId: '2' })).toBeNull();
    expect(judged(owned, viewer('1', ['MODERATOR']), { userId: '2' })).toBe('FORBIDDEN');
  });
});

describe('the conjunction', () => {
  test('keeps the shortest age, every list of roles and every owner, each once', () => {
    const permissions = [['post:write', 'post:delete']];
    const rule = { ...fresh, roles: [['EDITOR', 'ADMIN']], permissions, owners: [{ field: 'id', orRole: [] }] };
    const combined = combine([
      rule,
      {
        ...rule,
        maxAgeSeconds: 60,
        permissions: [['post:delete', 'post:write']],
        roles: [['ADMIN', 'EDITOR'], ['MODERATOR']],
      },
      owned,
    ]);
    expect(combined).toEqual({
      isPublic: false,
      auth: true,
      maxAgeSeconds: 60,
      roles: [['ADMIN', 'EDITOR'], ['MODERATOR']],
      permissions: [['post:delete', 'post:write']],
      owners: [
        { field: 'id', orRole: [] },
        { field: 'userId', orRole: ['ADMIN'] },
      ],
    });
  });
});
