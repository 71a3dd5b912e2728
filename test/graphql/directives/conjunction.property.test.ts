import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ask, guarded, viewer, anonymous, expired } from './support.js';

/**
 * Small schemas and operations at random, against a reference that knows nothing of the implementation: it reads the
 * generated description, never the schema, and walks each operation by the letter of the rules.
 */
interface Rule {
  readonly kind: 'auth' | 'role' | 'owner' | 'age';
  readonly role: string;
}
interface Field {
  readonly name: string;
  /** The type that it returns; `null`: a scalar. */
  readonly returns: string | null;
  readonly isList: boolean;
  readonly rules: readonly Rule[];
}
interface Type {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly fields: readonly Field[];
  readonly interfaces: readonly string[];
}
interface Model {
  readonly interfaces: readonly Type[];
  readonly objects: readonly Type[];
  readonly root: readonly (Field & { readonly isPublic: boolean })[];
  readonly rootRules: readonly Rule[];
}
type Selection =
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly alias: number;
      readonly skip: boolean | null;
      readonly of: readonly Selection[];
    }
  | { readonly kind: 'fragment'; readonly on: string; readonly isNamed: boolean; readonly of: readonly Selection[] };

const OBJECTS = ['A', 'B', 'C'];
const SCALARS = ['x', 'y'];
const LINKS = ['p', 'q'];

const rule: fc.Arbitrary<Rule> = fc.record({
  kind: fc.constantFrom('auth', 'role', 'owner', 'age'),
  role: fc.constantFrom('ADMIN', 'EDITOR'),
});
const someRules = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(rule, { maxLength: 2 }) },
);
const withoutOwner = someRules.map((rules) => rules.filter(({ kind }) => kind !== 'owner'));
const oneOwner = someRules.map((rules) =>
  rules.filter(({ kind }, i) => kind !== 'owner' || rules.findIndex((r) => r.kind === 'owner') === i),
);
const returned = fc.constantFrom('A', 'B', 'C', 'I', 'J', 'U');

const model: fc.Arbitrary<Model> = fc
  .record({
    returns: fc.tuple(returned, returned),
    lists: fc.tuple(fc.boolean(), fc.boolean()),
    typeRules: fc.array(oneOwner, { minLength: 3, maxLength: 3 }),
    interfaceRules: fc.array(withoutOwner, { minLength: 2, maxLength: 2 }),
    fieldRules: fc.array(oneOwner, { minLength: 20, maxLength: 20 }),
    implementing: fc.array(fc.constantFrom<readonly string[]>([], ['I'], ['I', 'J']), { minLength: 3, maxLength: 3 }),
    rootRules: withoutOwner,
    roots: fc.array(fc.record({ rules: withoutOwner, returns: returned, isPublic: fc.boolean() }), {
      minLength: 2,
      maxLength: 2,
    }),
  })
  .map(({ returns, lists, typeRules, interfaceRules, fieldRules, implementing, rootRules, roots }) => {
    let next = 0;
    const fields = (): Field[] => [
      ...SCALARS.map((name) => ({ name, returns: null, isList: false, rules: fieldRules[next++] ?? [] })),
      ...LINKS.map((name, i) => ({
        name,
        returns: returns[i] ?? 'A',
        isList: lists[i] ?? false,
        rules: fieldRules[next++] ?? [],
      })),
    ];
    return {
      interfaces: ['I', 'J'].map((name, i) => ({
        name,
        rules: interfaceRules[i] ?? [],
        fields: fields(),
        interfaces: name === 'J' ? ['I'] : [],
      })),
      // C implements I always, so that no interface is empty.
      objects: OBJECTS.map((name, i) => ({
        name,
        rules: typeRules[i] ?? [],
        fields: fields(),
        interfaces: i === 2 ? ['I', 'J'] : (implementing[i] ?? []),
      })),
      rootRules,
      root: roots.map((root, i) => ({ ...root, name: `r${i}`, isList: false, rules: root.isPublic ? [] : root.rules })),
    };
  });

const selections = fc.letrec<{ set: Selection[]; one: Selection }>((tie) => ({
  set: fc.array(tie('one'), { minLength: 1, maxLength: 3 }),
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('field' as const),
      name: fc.constantFrom(...SCALARS, '__typename'),
      alias: fc.nat(99),
      skip: fc.option(fc.boolean()),
      of: fc.constant([]),
    }),
    fc.record({
      kind: fc.constant('field' as const),
      name: fc.constantFrom(...LINKS),
      alias: fc.nat(99),
      skip: fc.option(fc.boolean()),
      of: tie('set'),
    }),
    fc.record({
      kind: fc.constant('fragment' as const),
      on: fc.constantFrom(...OBJECTS, 'I', 'J'),
      isNamed: fc.boolean(),
      of: tie('set'),
    }),
  ),
})).set;

// — the description as SDL and as an operation —

const ruleSdl = ({ kind, role }: Rule): string =>
  ({
    auth: '@auth',
    role: `@hasRole(anyOf: ${role})`,
    owner: `@owner(field: "by", orRole: ${role})`,
    age: '@auth(maxAgeSeconds: 60)',
  })[kind];
const rulesSdl = (rules: readonly Rule[]): string => rules.map(ruleSdl).join(' ');
const fieldSdl = (field: Field & { readonly isPublic?: boolean }): string => {
  const type = field.returns ?? 'ID';
  return `${field.name}: ${field.isList ? `[${type}]` : type} ${rulesSdl(field.rules)} ${field.isPublic === true ? '@public' : ''}`;
};
const typeSdl = (keyword: string, { name, rules, fields, interfaces }: Type): string =>
  `${keyword} ${name} ${interfaces.length > 0 ? `implements ${interfaces.join(' & ')}` : ''} ${rulesSdl(rules)} { ${fields.map(fieldSdl).join(' ')} }`;
const schemaSdl = ({ interfaces, objects, root, rootRules }: Model): string =>
  [
    ...interfaces.map((type) => typeSdl('interface', type)),
    ...objects.map((type) => typeSdl('type', type)),
    'union U = A | B | C',
    ...['Query', 'Mutation'].map((name) => `type ${name} ${rulesSdl(rootRules)} { ${root.map(fieldSdl).join(' ')} }`),
  ].join('\n');

const isObject = (name: string): boolean => OBJECTS.includes(name);
const typesOf = ({ interfaces, objects }: Model): readonly Type[] => [...interfaces, ...objects];
const possible = ({ objects }: Model, name: string): string[] =>
  name === 'U'
    ? OBJECTS
    : objects.filter((type) => type.name === name || type.interfaces.includes(name)).map((type) => type.name);

/** Keeps what is valid on the type: unions have no fields but `__typename`, and fragments have to overlap. */
function fit(m: Model, on: string, set: readonly Selection[]): Selection[] {
  const fitted = set.flatMap((selection): Selection[] => {
    if (selection.kind === 'fragment') {
      if (!possible(m, on).some((name) => possible(m, selection.on).includes(name))) return [];
      return [{ ...selection, of: fit(m, selection.on, selection.of) }];
    }
    if (selection.name === '__typename') return [selection];
    const field = typesOf(m)
      .find(({ name }) => name === on)
      ?.fields.find(({ name }) => name === selection.name);
    if (field === undefined) return [];
    return [field.returns === null ? selection : { ...selection, of: fit(m, field.returns, selection.of) }];
  });
  return fitted.length > 0 ? fitted : [{ kind: 'field', name: '__typename', alias: 0, skip: null, of: [] }];
}

/** Numbers the aliases, so that no two selections are merged, and prints. `$t` is true by default and `$f` given as false. */
function print(operation: string, set: readonly Selection[]): { source: string; numbered: Selection[] } {
  let alias = 0;
  const fragments: string[] = [];
  const number = (selection: Selection): Selection =>
    selection.kind === 'field'
      ? { ...selection, alias: alias++, of: selection.of.map(number) }
      : { ...selection, of: selection.of.map(number) };
  const body = (selections_: readonly Selection[]): string => `{ ${selections_.map(one).join(' ')} }`;
  const one = (selection: Selection): string => {
    if (selection.kind === 'field') {
      const condition = selection.skip === null ? '' : selection.skip ? '@skip(if: $t)' : '@skip(if: $f)';
      return `k${selection.alias}: ${selection.name} ${condition} ${selection.of.length > 0 ? body(selection.of) : ''}`;
    }
    if (!selection.isNamed) return `... on ${selection.on} ${body(selection.of)}`;
    const name = `F${fragments.length}`;
    const at = fragments.push('') - 1;
    fragments[at] = `fragment ${name} on ${selection.on} ${body(selection.of)}`;
    return `...${name}`;
  };
  const numbered = set.map(number);
  const uses = body(numbered);
  return {
    source: `${operation} ($t: Boolean! = true, $f: Boolean! = true) { __typename @skip(if: $t) z: __typename @skip(if: $f) ${uses.slice(1)}\n${fragments.join('\n')}`,
    numbered,
  };
}

// — the reference —

interface Asker {
  readonly id: string | null;
  readonly roles: readonly string[];
  readonly ageSeconds: number;
}
const passes =
  (asker: Asker, by: string | null) =>
  ({ kind, role }: Rule): boolean => {
    if (kind === 'owner' && by === null) return true;
    if (asker.id === null) return false;
    if (kind === 'role') return asker.roles.includes(role);
    if (kind === 'owner') return asker.id === by || asker.roles.includes(role);
    return kind !== 'age' || asker.ageSeconds <= 60;
  };

/** A type's rules with those of its interfaces; `J` implements `I`. */
function rulesOfType(m: Model, name: string): Rule[] {
  const type = typesOf(m).find((candidate) => candidate.name === name);
  return type === undefined ? [] : [...type.rules, ...type.interfaces.flatMap((each) => rulesOfType(m, each))];
}
function rulesOfField(m: Model, typeName: string, fieldName: string): Rule[] {
  const type = typesOf(m).find(({ name }) => name === typeName);
  const own = type?.fields.find(({ name }) => name === fieldName);
  if (type === undefined || own === undefined) return [];
  const inherited = type.interfaces.flatMap(
    (each) =>
      typesOf(m)
        .find(({ name }) => name === each)
        ?.fields.find(({ name }) => name === fieldName)?.rules ?? [],
  );
  return [...own.rules, ...inherited, ...rulesOfType(m, typeName), ...rulesOfReturned(m, own)];
}
const rulesOfReturned = (m: Model, { returns }: Field): Rule[] =>
  returns === null ? [] : rulesOfType(m, returns).filter(({ kind }) => kind !== 'owner');
const rulesOfRoot = (m: Model, field: Model['root'][number]): Rule[] => [
  ...field.rules,
  ...(field.isPublic ? [] : m.rootRules),
  ...rulesOfReturned(m, field),
];

const runs = (selection: Selection): boolean => selection.kind === 'fragment' || selection.skip !== true;
/** Every value is of this type, and belongs to `a`. */
const runtimeOf = (m: Model, name: string): string => (isObject(name) ? name : (possible(m, name)[0] ?? 'C'));

/** What execution answers, by the letter. */
function answer(m: Model, asker: Asker, on: string, set: readonly Selection[]): Record<string, unknown> {
  return Object.assign(
    {},
    ...set.filter(runs).map((selection) => {
      if (selection.kind === 'fragment')
        return possible(m, selection.on).includes(on) ? answer(m, asker, on, selection.of) : {};
      const key = `k${selection.alias}`;
      if (selection.name === '__typename') return { [key]: on };
      const field = typesOf(m)
        .find(({ name }) => name === on)
        ?.fields.find(({ name }) => name === selection.name);
      if (field === undefined || !rulesOfField(m, on, selection.name).every(passes(asker, 'a'))) return { [key]: null };
      if (field.returns === null) return { [key]: selection.name };
      const value = answer(m, asker, runtimeOf(m, field.returns), selection.of);
      return { [key]: field.isList ? [value] : value };
    }),
  ) as Record<string, unknown>;
}

/** Whether the selection holds anything that is refused before execution, on a type known by name alone. */
function isRefused(
  m: Model,
  asker: Asker,
  { returned: around, on }: { returned: string; on: string },
  set: readonly Selection[],
): boolean {
  const fails = (rules: readonly Rule[]): boolean => !rules.every(passes(asker, null));
  return set.filter(runs).some((selection) => {
    if (selection.kind === 'fragment') {
      const applies = possible(m, on).some((name) => possible(m, selection.on).includes(name));
      const isWider =
        on !== 'U' &&
        possible(m, on).every((name) => possible(m, selection.on).includes(name)) &&
        rulesKnow(m, on, selection.on);
      const narrowed = isWider ? on : selection.on;
      return (
        applies &&
        (fails(rulesOfType(m, narrowed)) || isRefused(m, asker, { returned: around, on: narrowed }, selection.of))
      );
    }
    if (selection.name === '__typename') return false;
    const field = typesOf(m)
      .find(({ name }) => name === on)
      ?.fields.find(({ name }) => name === selection.name);
    if (field === undefined) return false;
    if (fails(rulesOfField(m, on, selection.name)) || fails(rulesOfField(m, around, selection.name))) return true;
    return field.returns !== null && isRefused(m, asker, { returned: field.returns, on: field.returns }, selection.of);
  });
}
/** Whether `on` says itself that it is a `wider`. */
const rulesKnow = (m: Model, on: string, wider: string): boolean =>
  on === wider ||
  (typesOf(m)
    .find(({ name }) => name === on)
    ?.interfaces.includes(wider) ??
    false);

const asker: fc.Arbitrary<Asker> = fc.record({
  id: fc.constantFrom('a', 'b', null),
  roles: fc.subarray(['ADMIN', 'EDITOR']),
  ageSeconds: fc.constantFrom(60, 61),
});

test('what is answered is what the conjunction of all rules lets through', async () => {
  const property = fc.asyncProperty(
    model,
    selections,
    asker,
    fc.boolean(),
    fc.boolean(),
    async (m, drawn, who, isMutation, isUnusable) => {
      const value = (name: string): object => ({ is: runtimeOf(m, name), by: 'a' });
      let ran = 0;
      const linked = (type: Type): Record<string, unknown> =>
        Object.fromEntries(
          type.fields.map((field) => [
            field.name,
            () => (field.returns === null ? field.name : field.isList ? [value(field.returns)] : value(field.returns)),
          ]),
        );
      const root = Object.fromEntries(m.root.map((field) => [field.name, () => (ran++, value(field.returns ?? 'A'))]));
      const resolveType = { __resolveType: ({ is }: { is: string }) => is };
      const resolvers = {
        Query: root,
        Mutation: root,
        I: resolveType,
        J: resolveType,
        U: resolveType,
        ...Object.fromEntries(m.objects.map((type) => [type.name, linked(type)])),
      };
      const schema = guarded(schemaSdl(m), resolvers as never);

      const set = m.root.map((field): Selection => ({
        kind: 'field',
        name: field.name,
        alias: 0,
        skip: null,
        of: fit(m, field.returns ?? 'A', drawn),
      }));
      const { source, numbered } = print(isMutation ? 'mutation' : 'query', set);
      const credential = isUnusable ? expired : who.id === null ? anonymous : viewer(who.id, who.roles, who.ageSeconds);
      const nobody: Asker = { ...who, id: null };
      const speaking = isUnusable ? nobody : who;

      const expectedRoots = numbered.flatMap((selection) => {
        const field = m.root.find(({ name }) => selection.kind === 'field' && name === selection.name);
        return field && selection.kind === 'field' ? [{ field, selection }] : [];
      });
      const isWholeRefused =
        (isUnusable && m.root.some(({ isPublic }) => !isPublic)) ||
        (isMutation &&
          expectedRoots.some(({ field, selection }) => {
            const type = field.returns ?? 'A';
            return (
              !rulesOfRoot(m, field).every(passes(speaking, null)) ||
              isRefused(m, speaking, { returned: type, on: type }, selection.of)
            );
          }));
      const got = await ask(schema, source, { credential, variables: { f: false } });
      if (isWholeRefused) {
        expect([got.data, ran]).toEqual([undefined, 0]);
        expect(Object.keys(got.errors)).toEqual(['']);
        return;
      }
      const expected = Object.assign(
        {},
        ...expectedRoots.map(({ field, selection }) => {
          const isAllowed = rulesOfRoot(m, field).every(passes(speaking, null));
          return {
            [`k${selection.alias}`]: isAllowed
              ? answer(m, speaking, runtimeOf(m, field.returns ?? 'A'), selection.of)
              : null,
          };
        }),
      ) as object;
      expect(got.data).toEqual({ z: isMutation ? 'Mutation' : 'Query', ...expected });
    },
  );
  await fc.assert(property, { numRuns: 500 });
}, 120_000);
