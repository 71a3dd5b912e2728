import { describe, expect, test } from '@jest/globals';
import { parsePermissions, permissionsIn } from '../../src/domain/role-permission.js';

const parse = (...permissions: readonly string[]) => parsePermissions(permissions, 'permissions');
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `post:${index}`);

describe('a list of permissions', () => {
  test('is kept sorted by code units, each name once', () => {
    expect(parse('post:write', 'a', 'post:read', 'Z', 'post:write')).toEqual(['Z', 'a', 'post:read', 'post:write']);
    expect(parse()).toEqual([]);
  });

  test.each(['a', 'post:write', 'Post.v2:write_all-x', 'a:1:b', `a${'b'.repeat(99)}`])('may name %j', (name) => {
    expect(parse(name)).toEqual([name]);
  });

  test.each([
    ...['', ' ', 'post write', ' post', 'post\n', 'post:', ':post', 'a::b', '1post', '_post', '.', 'post:*', '*'],
    ...['pöst', 'post\0', 'a,b', '$a', `a${'b'.repeat(100)}`, 'a:.', 'a:-b'],
  ])('may not name %j, be it one of several', (name) => {
    const refusal = { code: 'BAD_USER_INPUT', extensions: { code: 'BAD_USER_INPUT', field: 'permissions' } };
    expect(() => parse('post:write', name)).toThrow(expect.objectContaining(refusal));
  });

  test('has 500 names at most', () => {
    expect(parse(...numbered(500))).toHaveLength(500);
    expect(() => parse(...numbered(501))).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

test('what several roles allow is what each allows, sorted and once; a role without a list allows nothing', () => {
  const table = new Map([
    ['EDITOR', ['post:read', 'post:write']],
    ['AUTHOR', ['draft:write', 'post:read']],
  ]);
  expect(permissionsIn(table, ['EDITOR', 'ADMIN', 'AUTHOR'])).toEqual(['draft:write', 'post:read', 'post:write']);
  expect(permissionsIn(table, ['ADMIN'])).toEqual([]);
  expect(permissionsIn(table, [])).toEqual([]);
});
