import fc from 'fast-check';

export interface Rule {
  readonly kind: 'auth' | 'role' | 'permission' | 'owner' | 'age';
  readonly role: string;
}
export interface Field {
  readonly name: string;
  /** The type that it returns; `null`: a scalar. */
  readonly returns: string | null;
  readonly isList: boolean;
  readonly rules: readonly Rule[];
  /** Of its argument `a`, where it has arguments: scalars do. */
  readonly argumentRules: readonly Rule[];
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
  /** Of the union of all objects. */
  readonly unionRules: readonly Rule[];
  /** Of the field `f` of the input type, which holds itself. */
  readonly inputRules: readonly Rule[];
  readonly root: readonly (Field & { readonly isPublic: boolean })[];
  readonly rootRules: readonly Rule[];
}
export type Selection =
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly alias: number;
      readonly skip: boolean | null;
      /** Of a scalar: how `a` and `in` are given. */
      readonly given?: Given;
      readonly of: readonly Selection[];
    }
  | { readonly kind: 'fragment'; readonly on: string; readonly isNamed: boolean; readonly of: readonly Selection[] };

export interface Given {
  readonly argument: keyof typeof ARGUMENTS;
  readonly input: keyof typeof INPUTS;
}

/** The ways to write the argument `a`. */
export const ARGUMENTS = {
  none: '',
  literal: 'a: 1',
  null: 'a: null',
  variable: 'a: $one',
  default: 'a: $two',
  unset: 'a: $unset',
} as const;

/** The ways to write the argument `in`. */
export const INPUTS = {
  none: '',
  empty: 'in: {}',
  field: 'in: { f: 1 }',
  null: 'in: { f: null }',
  nested: 'in: { n: { n: { f: $one } } }',
  list: 'in: { l: [{}, { f: $two }] }',
  unset: 'in: { f: $unset, l: [{ n: null }] }',
  variable: 'in: $object',
  variableWithout: 'in: $without',
  default: 'in: $objects',
} as const;

/** What an operation declares of the variables above that it uses. */
const DECLARATIONS = {
  one: '$one: Int',
  two: '$two: Int = 2',
  unset: '$unset: Int',
  object: '$object: In',
  without: '$without: In',
  objects: '$objects: In = { l: { n: { f: null } } }',
};
export const VARIABLES = { one: 1, object: { n: { l: [{ f: 1 }] } }, without: { n: { l: [] } } };

const OBJECTS = ['A', 'B', 'C'];
const SCALARS = ['x', 'y'];
const LINKS = ['p', 'q'];

const rule: fc.Arbitrary<Rule> = fc.record({
  kind: fc.constantFrom('auth', 'role', 'permission', 'owner', 'age'),
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
const returned = fc.constantFrom('A', 'B', 'C', 'I', 'J', 'K', 'U');

export const models: fc.Arbitrary<Model> = fc
  .record({
    returns: fc.tuple(returned, returned),
    lists: fc.tuple(fc.boolean(), fc.boolean()),
    typeRules: fc.array(oneOwner, { minLength: 3, maxLength: 3 }),
    interfaceRules: fc.array(withoutOwner, { minLength: 3, maxLength: 3 }),
    fieldRules: fc.array(oneOwner, { minLength: 24, maxLength: 24 }),
    implementing: fc.array(fc.constantFrom<readonly string[]>([], ['I'], ['I', 'J'], ['K'], ['I', 'K']), {
      minLength: 3,
      maxLength: 3,
    }),
    argumentRules: fc.array(withoutOwner, { minLength: 12, maxLength: 12 }),
    unionRules: withoutOwner,
    inputRules: withoutOwner,
    rootRules: withoutOwner,
    roots: fc.array(fc.record({ rules: withoutOwner, returns: returned, isPublic: fc.boolean() }), {
      minLength: 2,
      maxLength: 2,
    }),
  })
  .map((drawn) => {
    const { returns, lists, typeRules, interfaceRules, fieldRules, argumentRules, implementing, roots } = drawn;
    const { rootRules, unionRules, inputRules } = drawn;
    let next = 0;
    let nextArgument = 0;
    const fields = (): Field[] => [
      ...SCALARS.map((name) => ({
        name,
        returns: null,
        isList: false,
        rules: fieldRules[next++] ?? [],
        argumentRules: argumentRules[nextArgument++] ?? [],
      })),
      ...LINKS.map((name, i) => ({
        name,
        returns: returns[i] ?? 'A',
        isList: lists[i] ?? false,
        rules: fieldRules[next++] ?? [],
        argumentRules: [],
      })),
    ];
    return {
      interfaces: ['I', 'J', 'K'].map((name, i) => ({
        name,
        rules: interfaceRules[i] ?? [],
        fields: fields(),
        interfaces: name === 'J' ? ['I'] : [],
      })),
      // C implements all of them, so that none is empty.
      objects: OBJECTS.map((name, i) => ({
        name,
        rules: typeRules[i] ?? [],
        fields: fields(),
        interfaces: i === 2 ? ['I', 'J', 'K'] : (implementing[i] ?? []),
      })),
      ...{ rootRules, unionRules, inputRules },
      root: roots.map((root, i) => ({
        ...root,
        argumentRules: [],
        name: `r${i}`,
        isList: false,
        rules: root.isPublic ? [] : root.rules,
      })),
    };
  });

/** Most often `none`. */
const waysOf = <Way extends string>(ways: Readonly<Record<'none' | Way, string>>): fc.Arbitrary<'none' | Way> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<'none' | Way>('none') },
    { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(ways) as ('none' | Way)[])) },
  );

export const selections = fc.letrec<{ set: Selection[]; one: Selection }>((tie) => ({
  set: fc.array(tie('one'), { minLength: 1, maxLength: 3 }),
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('field' as const),
      name: fc.constantFrom(...SCALARS, '__typename'),
      alias: fc.nat(99),
      skip: fc.option(fc.boolean()),
      given: fc.record({ argument: waysOf(ARGUMENTS), input: waysOf(INPUTS) }),
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
      on: fc.constantFrom(...OBJECTS, 'I', 'J', 'K', 'U'),
      isNamed: fc.boolean(),
      of: tie('set'),
    }),
  ),
})).set;

/** Permissions are drawn as roles are. */
export const permissionOf = (role: string): string => `may:${role.toLowerCase()}`;
const ruleSdl = ({ kind, role }: Rule): string =>
  ({
    auth: '@auth',
    role: `@hasRole(anyOf: ${role})`,
    permission: `@hasPermission(anyOf: "${permissionOf(role)}")`,
    owner: `@owner(field: "by", orRole: ${role})`,
    age: '@auth(maxAgeSeconds: 60)',
  })[kind];
const rulesSdl = (rules: readonly Rule[]): string => rules.map(ruleSdl).join(' ');
const fieldSdl = (field: Field & { readonly isPublic?: boolean }): string => {
  const type = field.returns ?? 'ID';
  const args = SCALARS.includes(field.name) ? `(a: Int ${rulesSdl(field.argumentRules)}, in: In)` : '';
  return `${field.name}${args}: ${field.isList ? `[${type}]` : type} ${rulesSdl(field.rules)} ${field.isPublic === true ? '@public' : ''}`;
};
const typeSdl = (keyword: string, { name, rules, fields, interfaces }: Type): string =>
  `${keyword} ${name} ${interfaces.length > 0 ? `implements ${interfaces.join(' & ')}` : ''} ${rulesSdl(rules)} { ${fields.map(fieldSdl).join(' ')} }`;
export const schemaSdl = ({ interfaces, objects, unionRules, inputRules, root, rootRules }: Model): string =>
  [
    ...interfaces.map((type) => typeSdl('interface', type)),
    ...objects.map((type) => typeSdl('type', type)),
    `union U ${rulesSdl(unionRules)} = A | B | C`,
    `input In { f: Int ${rulesSdl(inputRules)} n: In l: [In] }`,
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

/**
 * Numbers the aliases, so that no two selections are merged, and prints. `$t` is true by default and `$f` given as false;
 * the others are given as in {@link VARIABLES}.
 */
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
      const { argument = 'none', input = 'none' } = selection.name === '__typename' ? {} : (selection.given ?? {});
      const args = [ARGUMENTS[argument], INPUTS[input]].join(' ').trim();
      return `k${selection.alias}: ${selection.name}${args === '' ? '' : `(${args})`} ${condition} ${selection.of.length > 0 ? body(selection.of) : ''}`;
    }
    if (!selection.isNamed) return `... on ${selection.on} ${body(selection.of)}`;
    const name = `F${fragments.length}`;
    const at = fragments.push('') - 1;
    fragments[at] = `fragment ${name} on ${selection.on} ${body(selection.of)}`;
    return `...${name}`;
  };
  const numbered = set.map(number);
  const uses = body(numbered);
  const all = [uses, ...fragments].join(' ');
  const declared = Object.entries(DECLARATIONS).flatMap(([name, declaration]) =>
    new RegExp(`\\$${name}\\b`).test(all) ? declaration : [],
  );
  return {
    source: `${operation} ($t: Boolean! = true, $f: Boolean! = true ${declared.join(' ')}) { __typename @skip(if: $t) z: __typename @skip(if: $f) ${uses.slice(1)}\n${fragments.join('\n')}`,
    numbered,
  };
}
