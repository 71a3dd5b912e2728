import { describe, expect, test } from '@jest/globals';
import { graphql } from 'graphql';
import { guarded } from './support.js';

interface Context {
  credential: { readonly kind: 'principal'; readonly principal: object };
  /** Done when row `number` is read, before its protected field is. */
  readonly at?: Readonly<Record<number, () => void>>;
}

const schema = guarded(
  `type Row { number: Int secret: Int @hasRole(anyOf: EDITOR) draft: Int @hasPermission(anyOf: "post:write") }
   type Query { rows: [Row!]! @public }`,
  {
    Query: { rows: () => [0, 1, 2, 3].map((number) => ({ number, secret: number, draft: number })) },
    Row: {
      number: ({ number }: { number: number }, _arguments: unknown, { at }: Context) => {
        at?.[number]?.();
        return number;
      },
    },
  },
);

/** Of each row, whether its protected field is answered. */
async function shown(contextValue: Context, field = 'secret'): Promise<boolean[]> {
  const { data } = await graphql({ schema, source: `{ rows { number ${field} } }`, contextValue });
  const { rows } = data as { readonly rows: readonly Readonly<Record<string, unknown>>[] };
  return rows.map((row) => row[field] !== null);
}

const frozen = (lists: { readonly roles?: readonly string[]; readonly permissions?: readonly string[] }) =>
  Object.freeze({
    kind: 'principal' as const,
    principal: Object.freeze({
      userId: '7',
      roles: Object.freeze([...(lists.roles ?? [])]),
      permissions: Object.freeze([...(lists.permissions ?? [])]),
    }),
  });
const EDITOR = frozen({ roles: ['EDITOR'] });
const NOBODY_SPECIAL = frozen({ roles: ['MODERATOR'] });

describe('a rule on the rows of a list', () => {
  test('holds for all of them, whoever was judged before', async () => {
    expect(await shown({ credential: EDITOR })).toEqual([true, true, true, true]);
    expect(await shown({ credential: NOBODY_SPECIAL })).toEqual([false, false, false, false]);
    expect(await shown({ credential: EDITOR }, 'draft')).toEqual([false, false, false, false]);
    expect(await shown({ credential: frozen({ permissions: ['post:write'] }) }, 'draft')).toEqual([
      ...[true, true, true, true],
    ]);
    const both = await Promise.all([EDITOR, NOBODY_SPECIAL, EDITOR].map((credential) => shown({ credential })));
    expect(both.map((rows) => rows.every(Boolean))).toEqual([true, false, true]);
  });

  test('holds for whoever speaks at that row: a resolver may replace the credential', async () => {
    const context: Context = {
      credential: EDITOR,
      at: { 1: () => void (context.credential = NOBODY_SPECIAL), 3: () => void (context.credential = EDITOR) },
    };
    expect(await shown(context)).toEqual([true, false, false, true]);
  });

  test.each<[string, () => { credential: Context['credential']; withdraw: () => void }]>([
    [
      'a list of roles that can change',
      () => {
        const roles = ['EDITOR'];
        const principal = Object.freeze({ userId: '7', roles, permissions: Object.freeze([]) });
        return {
          credential: Object.freeze({ kind: 'principal', principal }),
          withdraw: () => void roles.pop(),
        };
      },
    ],
    [
      'a principal that can change',
      () => {
        const principal = { userId: '7', roles: EDITOR.principal.roles, permissions: Object.freeze([]) };
        return {
          credential: Object.freeze({ kind: 'principal', principal }),
          withdraw: () => void (principal.roles = NOBODY_SPECIAL.principal.roles),
        };
      },
    ],
    [
      'a credential that can change',
      () => {
        const credential: { kind: 'principal'; principal: object } = { kind: 'principal', principal: EDITOR.principal };
        return { credential, withdraw: () => void (credential.principal = NOBODY_SPECIAL.principal) };
      },
    ],
    [
      'roles that are computed',
      () => {
        let isEditor = true;
        const principal = Object.freeze({
          userId: '7',
          permissions: Object.freeze([]),
          get roles() {
            return isEditor ? EDITOR.principal.roles : NOBODY_SPECIAL.principal.roles;
          },
        });
        return {
          credential: Object.freeze({ kind: 'principal', principal }),
          withdraw: () => void (isEditor = false),
        };
      },
    ],
    [
      'a principal that is computed',
      () => {
        let { principal } = EDITOR;
        const credential = Object.freeze({
          kind: 'principal' as const,
          get principal() {
            return principal;
          },
        });
        return { credential, withdraw: () => void ({ principal } = NOBODY_SPECIAL) };
      },
    ],
  ])('judges %s anew at each row', async (_name, make) => {
    const { credential, withdraw } = make();
    expect(await shown({ credential, at: { 2: withdraw } })).toEqual([true, true, false, false]);
  });
});
