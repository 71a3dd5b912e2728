import fc from 'fast-check';

export interface Rule {
  readonly kind: 'auth' | 'role' | 'owner' | 'age';
  readonly role: string;
}
export interface Field {
  readonly name: string;
  /** The type that it returns; `null`: a scalar. */
  readonly returns: string | null;
  readonly isList: boolean;
  readonly rules: readonly Rule[];
}
export interface Type {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly fields: readonly Field[];
  readonly interfaces: readonly string[];
}
export interface Model {
  readonly interfaces: readonly Type[];
  readonly objects: readonly Type[];
  readonly root: readonly (Field & { readonly isPublic: boolean })[];
  readonly rootRules: readonly Rule[];
}
export type Selection =
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

export const models: fc.Arbitrary<Model> = fc
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

export const selections = fc.letrec<{ set: Selection[]; one: Selection }>((tie) => ({
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
export const schemaSdl = ({ interfaces, objects, root, rootRules }: Model): string =>
  [
    ...interfaces.map((type) => typeSdl('interface', type)),
    ...objects.map((type) => typeSdl('type', type)),
    'union U = A | B | C',
    ...['Query', 'Mutation'].map((name) => `type ${name} ${rulesSdl(rootRules)} { ${root.map(fieldSdl).join(' ')} }`),
  ].join('\n');

export const isObject = (name: string): boolean => OBJECTS.includes(name);
export const typesOf = ({ interfaces, objects }: Model): readonly Type[] => [...interfaces, ...objects];
export const possible = ({ objects }: Model, name: string): string[] =>
  name === 'U'
    ? OBJECTS
    : objects.filter((type) => type.name === name || type.interfaces.includes(name)).map((type) => type.name);

/** Keeps what is valid on the type: unions have no fields but `__typename`, and fragments have to overlap. */
export function fit(model: Model, on: string, set: readonly Selection[]): Selection[] {
  const fitted = set.flatMap((selection): Selection[] => {
    if (selection.kind === 'fragment') {
      if (!possible(model, on).some((name) => possible(model, selection.on).includes(name))) return [];
      return [{ ...selection, of: fit(model, selection.on, selection.of) }];
    }
    if (selection.name === '__typename') return [selection];
    const field = typesOf(model)
      .find(({ name }) => name === on)
      ?.fields.find(({ name }) => name === selection.name);
    if (field === undefined) return [];
    return [field.returns === null ? selection : { ...selection, of: fit(model, field.returns, selection.of) }];
  });
  return fitted.length > 0 ? fitted : [{ kind: 'field', name: '__typename', alias: 0, skip: null, of: [] }];
}

/** Numbers the aliases, so that no two selections are merged, and prints. `$t` is true by default and `$f` given as false. */
export function print(operation: string, set: readonly Selection[]): { source: string; numbered: Selection[] } {
  let alias = 0;
  const fragments: string[] = [];
  const number = (selection: Selection): Selection =>
    selection.kind === 'field'
      ? { ...selection, alias: alias++, of: selection.of.map(number) }
      : { ...selection, of: selection.of.map(number) };
  const body = (set: readonly Selection[]): string => `{ ${set.map(one).join(' ')} }`;
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
