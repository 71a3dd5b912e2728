import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import type { DocumentNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { judgeOperation } from '../../../src/graphql/directives/judge-operation.js';
import type { Refusal } from '../../../src/graphql/directives/judge-operation.js';
import { planOf, rootFields } from '../../../src/graphql/directives/plan.js';
import type { Plan } from '../../../src/graphql/directives/plan.js';
import { anonymous, clock, guarded, viewer } from './support.js';

const sdl = `
  interface I { id: ID self: I }
  interface Sealed { id: ID @hasRole(anyOf: EDITOR) }
  interface Other { id: ID }
  type Both implements Sealed & Other { id: ID }
  type T implements I { id: ID self: I t: T secret: ID @hasRole(anyOf: ADMIN) mutation: Mutation }
  type U implements I { id: ID self: I }
  type Query { t: T open: Int @public closed: Int @auth }
  type Mutation { t: T signIn: T @public signUp: T @public open: T other: Other sealed: Sealed }
`;
const schema = guarded(sdl);

const operationsOf = (document: DocumentNode): OperationDefinitionNode[] =>
  document.definitions.flatMap((node) => (node.kind === 'OperationDefinition' ? node : []));

function planned(source: string | DocumentNode): Plan {
  const document = typeof source === 'string' ? parse(source, { noLocation: true }) : source;
  const [operation] = operationsOf(document);
  if (operation === undefined) throw new Error('no operation');
  return planOf(schema, document, operation);
}

const judged = (plan: Plan, variables = {}): Refusal | null =>
  judgeOperation(plan, { variables, credential: viewer('1'), clock });

/** The document, with every look into a selection set counted. */
function counted(source: string): { document: DocumentNode; looks: () => number } {
  let looks = 0;
  const watch = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(watch);
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, watch(part)]));
    const { selections } = copy as { selections?: SelectionSetNode['selections'] };
    if (selections === undefined) return copy;
    return Object.defineProperty(copy, 'selections', {
      get: () => {
        looks += selections.length;
        return selections;
      },
    });
  };
  return { document: watch(parse(source, { noLocation: true })) as DocumentNode, looks: () => looks };
}

describe('a plan', () => {
  test('is made once for each operation of a document, whoever asks', () => {
    const { document, looks } = counted('mutation A { t { id } } mutation B { signIn { id } }');
    const [a, b] = operationsOf(document).map((operation) => planOf(schema, document, operation));
    const before = looks();
    expect(operationsOf(document).map((operation) => planOf(schema, document, operation))).toEqual([a, b]);
    expect(a && judged(a)).toBeNull();
    expect(looks()).toBe(before);
    expect(a).not.toBe(b);
  });

  test('is another one for another schema', () => {
    const document = parse('{ t { id } }');
    const [operation] = operationsOf(document);
    if (operation === undefined) throw new Error('no operation');
    expect(planOf(guarded(sdl), document, operation)).not.toBe(planOf(schema, document, operation));
  });

  test('of a query looks at its root fields alone', () => {
    const { document, looks } = counted('{ t { id t { id t { id } } } }');
    planned(document);
    expect(looks()).toBe(1);
  });

  test('of 10,000 fields has one demand for each requirement, and one look at each field', () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => `a${index}: id b${index}: secret`).join(' ');
    const { document, looks } = counted(`mutation { t { ${fields} } }`);
    const plan = planned(document);
    expect(looks()).toBe(10_001);
    expect(plan.root.demands.map(({ coordinate }) => coordinate)).toEqual(['T.secret']);
    expect(judged(plan)?.code).toBe('FORBIDDEN');
  });

  test('of 10,000 levels does not overflow the stack', () => {
    let set: SelectionSetNode = (parse('{ secret }').definitions[0] as OperationDefinitionNode).selectionSet;
    const field = (name: string, selectionSet: SelectionSetNode): SelectionSetNode =>
      ({
        kind: 'SelectionSet',
        selections: [{ kind: 'Field', name: { kind: 'Name', value: name }, selectionSet }],
      }) as never;
    for (let level = 0; level < 10_000; level += 1) set = field('t', set);
    const operation = { kind: 'OperationDefinition', operation: 'mutation', selectionSet: set } as never;
    expect(judged(planned({ kind: 'Document', definitions: [operation] } as never))?.code).toBe('FORBIDDEN');
  });

  test.each([
    ['unconditional', ''],
    ['conditional', '@include(if: $x)'],
  ])('of a %s chain of fragments that doubles 20 times takes work of its length', (_, condition) => {
    const levels = Array.from(
      { length: 20 },
      (__, index) =>
        `fragment F${index} on T { a: t ${condition} { ...F${index + 1} } b: t { ...F${index + 1} ...F${index + 1} } }`,
    );
    const source = `mutation ($x: Boolean = true) { t { ...F0 ...F0 } } ${levels.join('\n')} fragment F20 on T { secret }`;
    const { document, looks } = counted(source);
    const plan = planned(document);
    const planning = looks();
    expect(planning).toBeLessThan(200);
    expect(judged(plan)?.code).toBe('FORBIDDEN');
    expect(judged(plan, { x: false })?.code).toBe('FORBIDDEN');
    expect(looks()).toBe(planning);
  });

  test('ends where fragments spread each other, which no valid document does', () => {
    const plan = planned(
      'mutation { t { ...A } } fragment A on T { t { ...B } } fragment B on T { secret t { ...A } ...B }',
    );
    expect(judged(plan)?.code).toBe('FORBIDDEN');
  });

  test.each([
    ['below an object type that it does not fit', '... on U { id ...F }', null],
    ['below an interface', '...F', 'FORBIDDEN'],
    ['first below the one, then the other', '... on U { ...F } ... on I { ...F }', 'FORBIDDEN'],
    ['first below the other, then the one', '... on I { ...F } ... on U { ...F }', 'FORBIDDEN'],
  ])('counts a fragment by the type that it stands on: %s', (_, selections, code) => {
    const plan = planned(`mutation { t { self { ${selections} } } } fragment F on I { ... on T { secret } }`);
    expect(judged(plan)?.code ?? null).toBe(code);
  });

  test.each([
    ['mutation { other { ...F } }', null],
    ['mutation { sealed { ...F } }', 'FORBIDDEN'],
    ['mutation { sealed { ... on Other { id } } }', 'FORBIDDEN'],
    ['mutation { other { ...F } sealed { ...F } }', 'FORBIDDEN'],
    ['mutation { sealed { ...F } other { ...F } }', 'FORBIDDEN'],
  ])('counts a field on the type that the field around returns too: %s', (operation, code) => {
    const plan = planned(`${operation} fragment F on Other { id }`);
    expect(judged(plan)?.code ?? null).toBe(code);
  });

  describe('counts a field on every type that the fragments around it ask for', () => {
    const overlapping = guarded(`
      interface Node { id: ID }
      interface Sealed { id: ID seal: ID @hasRole(anyOf: EDITOR) inner: Kept given(a: Int @hasRole(anyOf: EDITOR)): ID }
      interface Marked { id: ID seal: ID inner: Node given(a: Int): ID }
      interface Kept { id: ID @hasRole(anyOf: EDITOR) }
      type Box implements Node & Sealed & Marked { id: ID seal: ID inner: Thing given(a: Int): ID }
      type Thing implements Node & Kept { id: ID }
      type Loose implements Node & Marked { id: ID seal: ID inner: Node given(a: Int): ID }
      union Any = Box | Loose
      type Query { a: ID }
      type Mutation { node: Node any: Any }`);
    const codeOf = (source: string, variables = {}): string | null => {
      const document = parse(source, { noLocation: true });
      const plan = planOf(overlapping, document, operationsOf(document)[0]!);
      return judged(plan, variables)?.code ?? null;
    };

    test.each([
      ['mutation { node { ... on Marked { seal } } }', null],
      ['mutation { node { ... on Sealed { ... on Marked { seal } } } }', 'FORBIDDEN'],
      ['mutation { any { ... on Sealed { ... on Node { ... on Marked { seal } } } } }', 'FORBIDDEN'],
      ['mutation { node { ...S } } fragment S on Sealed { ...M } fragment M on Marked { id seal }', 'FORBIDDEN'],
      ['mutation { node { ...M ... on Sealed { ...M } } } fragment M on Marked { seal }', 'FORBIDDEN'],
      ['mutation { node { ... on Sealed { ...M } ...M } } fragment M on Marked { seal }', 'FORBIDDEN'],
      ['mutation { node { ... on Sealed { ... on Marked { given } } } }', null],
      ['mutation { node { ... on Sealed { ... on Marked { given(a: 1) } } } }', 'FORBIDDEN'],
      ['mutation { node { ... on Marked { inner { id } } } }', null],
      ['mutation { node { ... on Sealed { ... on Marked { inner { id } } } } }', 'FORBIDDEN'],
      ['mutation { node { ... on Sealed { ... on Marked { inner { ... { ... on Node { id } } } } } } }', 'FORBIDDEN'],
      ['mutation { any { ... on Loose { ... on Marked { seal inner { id } } } } }', null],
    ])('%s', (source, code) => {
      expect(codeOf(source)).toBe(code);
    });

    test('under conditions, each for itself', () => {
      const source = `mutation ($x: Boolean!, $y: Boolean!) {
        node { ... on Sealed @include(if: $x) { ... on Marked { seal @include(if: $y) } } }
      }`;
      expect(codeOf(source, { x: true, y: true })).toBe('FORBIDDEN');
      expect(codeOf(source, { x: true, y: false })).toBeNull();
      expect(codeOf(source, { x: false, y: true })).toBeNull();
    });

    test.each(['', '@include(if: $x)'])('with work that grows with the document, not faster: %s', (condition) => {
      const names = Array.from({ length: 12 }, (_, index) => `I${index}`);
      const fields = `id: ID ${names.map((name) => `x${name}: ${name}`).join(' ')}`;
      const many = guarded(
        `${names.map((name) => `interface ${name} { ${fields} secret: ID ${name === 'I0' ? '@auth' : ''} }`).join('\n')}
         type All implements ${names.join(' & ')} { ${fields} secret: ID }
         type Query { a: ID } type Mutation { i0: I0 }`,
      );
      const levels = names.map(
        (name, index) => `fragment F${index} on I0 {
          ... on ${name} ${condition} { xI1 { id } xI2 { xI3 { ...N${index} } } ...N${index} } ...N${index} }
        fragment N${index} on I0 { ${index + 1 < names.length ? `...F${index + 1}` : 'secret'} }`,
      );
      const source = `mutation ($x: Boolean = true) { i0 { ...F0 } } ${levels.join('\n')}`;
      const { document, looks } = counted(source);
      const plan = planOf(many, document, operationsOf(document)[0]!);
      expect(judgeOperation(plan, { variables: {}, credential: anonymous, clock })?.code).toBe('UNAUTHENTICATED');
      expect(looks()).toBeLessThan(names.length ** 3 * 10);
    });
  });

  test('tells a fragment at the root from the same one below', () => {
    const plan = planned(
      'mutation { ... { ...F } signIn { mutation { ...F } } } fragment F on Mutation { open { id } }',
    );
    expect(rootFields(plan, {}).map(({ fieldName }) => fieldName)).toEqual(expect.arrayContaining(['signIn', 'open']));
  });
});

describe('the conditions of a selection', () => {
  const source = (selection: string): string =>
    `mutation ($yes: Boolean = true, $no: Boolean = false, $given: Boolean!) { t { id ${selection} } }`;

  test.each([
    ['secret', true, true],
    ['secret @include(if: $given)', true, false],
    ['secret @skip(if: $given)', false, true],
    ['secret @include(if: $given) @skip(if: $no)', true, false],
    ['secret @include(if: $given) @skip(if: $yes)', false, false],
    ['... @include(if: $given) { t { t { secret } } }', true, false],
    ['... @skip(if: $yes) { secret } t @include(if: $given) { secret }', true, false],
    ['t @include(if: $given) { t @skip(if: $given) { secret } }', false, false],
  ])('%s: counts %p when given true and %p when given false', (selection, whenTrue, whenFalse) => {
    const plan = planned(source(selection));
    expect(judged(plan, { given: true }) !== null).toBe(whenTrue);
    expect(judged(plan, { given: false }) !== null).toBe(whenFalse);
  });

  test('that no boolean decides exclude nothing', () => {
    for (const given of [null, undefined, 'false', 0, {}]) {
      expect(judged(planned(source('secret @include(if: $given)')), { given })?.code).toBe('FORBIDDEN');
      expect(judged(planned(source('secret @skip(if: $given)')), { given })?.code).toBe('FORBIDDEN');
    }
    expect(judged(planned(source('secret @include(if: $given)')))?.code).toBe('FORBIDDEN');
  });

  test('are not read from the prototype of the variables', () => {
    const variables: unknown = Object.create({ given: false });
    expect(judged(planned(source('secret @include(if: $given)')), variables as object)?.code).toBe('FORBIDDEN');
  });
});

describe('the root fields of a plan', () => {
  const namesOf = (source: string, variables = {}): string[] =>
    rootFields(planned(source), variables)
      .map(({ responseName, fieldName }) => `${responseName}: ${fieldName}`)
      .sort();

  test('are counted by their response names, through fragments', () => {
    expect(
      namesOf(
        'mutation { a: signIn { id } b: signIn { id } ...F ... { signUp { id } } } fragment F on Mutation { b: signIn { t { id } } c: signUp { id } __typename }',
      ),
    ).toEqual(['__typename: __typename', 'a: signIn', 'b: signIn', 'c: signUp', 'signUp: signUp']);
  });

  test('are those that run with these variables', () => {
    const source =
      'mutation ($x: Boolean = false) { signIn { id } signUp @include(if: $x) { id } ...F @skip(if: $x) } fragment F on Mutation { t { id } }';
    expect(namesOf(source)).toEqual(['signIn: signIn', 't: t']);
    expect(namesOf(source, { x: true })).toEqual(['signIn: signIn', 'signUp: signUp']);
  });

  test('know whether they are public; introspection counts as such', () => {
    const fields = rootFields(planned('{ open closed t { id } __typename __schema { types { name } } }'), {});
    expect(fields.filter(({ isPublic }) => isPublic).map(({ fieldName }) => fieldName)).toEqual([
      'open',
      '__typename',
      '__schema',
    ]);
  });
});

test('a plan knows nothing of who asks', () => {
  const plan = planned('mutation { t { secret } }');
  const codes = [anonymous, viewer('1'), viewer('2', ['ADMIN']), anonymous].map(
    (credential) => judgeOperation(plan, { variables: {}, credential, clock })?.code,
  );
  expect(codes).toEqual(['UNAUTHENTICATED', 'FORBIDDEN', undefined, 'UNAUTHENTICATED']);
});
