/**
 * What the rules let through, by the letter: reads the description in conjunction-model.ts, never the schema, and
 * knows nothing of the implementation.
 */
import { isObject, permissionOf, possible, typesOf } from './conjunction-model.js';
import type { Field, Given, Model, Rule, Selection } from './conjunction-model.js';

export interface Asker {
  readonly id: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly ageSeconds: number;
}
export const passes =
  (asker: Asker, by: string | null) =>
  ({ kind, role }: Rule): boolean => {
    if (kind === 'owner' && by === null) return true;
    if (asker.id === null) return false;
    if (kind === 'role') return asker.roles.includes(role);
    if (kind === 'permission') return asker.permissions.includes(permissionOf(role));
    if (kind === 'owner') return asker.id === by || asker.roles.includes(role);
    return kind !== 'age' || asker.ageSeconds <= 60;
  };

/** A type's rules with those of its interfaces; `J` implements `I`. */
function rulesOfType(model: Model, name: string): Rule[] {
  const type = typesOf(model).find((candidate) => candidate.name === name);
  return type === undefined ? [] : [...type.rules, ...type.interfaces.flatMap((each) => rulesOfType(model, each))];
}
function rulesOfField(model: Model, typeName: string, fieldName: string): Rule[] {
  const type = typesOf(model).find(({ name }) => name === typeName);
  const own = type?.fields.find(({ name }) => name === fieldName);
  if (type === undefined || own === undefined) return [];
  const inherited = type.interfaces.flatMap(
    (each) =>
      typesOf(model)
        .find(({ name }) => name === each)
        ?.fields.find(({ name }) => name === fieldName)?.rules ?? [],
  );
  return [...own.rules, ...inherited, ...rulesOfType(model, typeName), ...rulesOfReturned(model, own)];
}
const rulesOfReturned = (model: Model, { returns }: Pick<Field, 'returns'>): Rule[] => {
  if (returns === 'U') return [...model.unionRules];
  return returns === null ? [] : rulesOfType(model, returns).filter(({ kind }) => kind !== 'owner');
};

/** Those of the argument and of the input field that the selection provides. */
function rulesOfGiven(model: Model, typeName: string, fieldName: string, given: Given | undefined): Rule[] {
  const { argument = 'none', input = 'none' } = given ?? {};
  const type = typesOf(model).find(({ name }) => name === typeName);
  const owners = [typeName, ...(type?.interfaces ?? [])];
  const ofArgument = owners.flatMap(
    (owner) =>
      typesOf(model)
        .find(({ name }) => name === owner)
        ?.fields.find(({ name }) => name === fieldName)?.argumentRules ?? [],
  );
  return [
    ...(argument === 'none' || argument === 'unset' ? [] : ofArgument),
    ...(['none', 'empty', 'unset', 'variableWithout'].includes(input) ? [] : model.inputRules),
  ];
}

/** The value of a field that is not refused: null where its runtime type, or the object itself, is. */
export const completed = (
  model: Model,
  asker: Asker,
  returns: string,
  set: readonly Selection[],
): Record<string, unknown> | null => {
  const runtime = runtimeOf(model, returns);
  return rulesOfType(model, runtime).every(passes(asker, 'a')) ? answer(model, asker, runtime, set) : null;
};
export const rulesOfRoot = (model: Model, field: Model['root'][number]): Rule[] => [
  ...field.rules,
  ...(field.isPublic ? [] : model.rootRules),
  ...rulesOfReturned(model, field),
];

const runs = (selection: Selection): boolean => selection.kind === 'fragment' || selection.skip !== true;
/** Every value is of this type, and belongs to `a`. */
export const runtimeOf = (model: Model, name: string): string =>
  isObject(name) ? name : (possible(model, name)[0] ?? 'C');

/** What execution answers, by the letter. */
export function answer(model: Model, asker: Asker, on: string, set: readonly Selection[]): Record<string, unknown> {
  return Object.assign(
    {},
    ...set.filter(runs).map((selection) => {
      if (selection.kind === 'fragment')
        return possible(model, selection.on).includes(on) ? answer(model, asker, on, selection.of) : {};
      const key = `k${selection.alias}`;
      if (selection.name === '__typename') return { [key]: on };
      const field = typesOf(model)
        .find(({ name }) => name === on)
        ?.fields.find(({ name }) => name === selection.name);
      const rules = [
        ...rulesOfField(model, on, selection.name),
        ...rulesOfGiven(model, on, selection.name, selection.given),
      ];
      if (field === undefined || !rules.every(passes(asker, 'a'))) return { [key]: null };
      if (field.returns === null) return { [key]: selection.name };
      const value = completed(model, asker, field.returns, selection.of);
      return { [key]: field.isList ? [value] : value };
    }),
  ) as Record<string, unknown>;
}

/** Whether the selection holds anything that is refused before execution, on a value of all the types that are known. */
export function isRefused(
  model: Model,
  asker: Asker,
  { known, on }: { known: readonly string[]; on: string },
  set: readonly Selection[],
): boolean {
  const fails = (rules: readonly Rule[]): boolean => !rules.every(passes(asker, null));
  return set.filter(runs).some((selection) => {
    if (selection.kind === 'fragment') {
      const applies = possible(model, on).some((name) => possible(model, selection.on).includes(name));
      const isWider =
        on !== 'U' &&
        possible(model, on).every((name) => possible(model, selection.on).includes(name)) &&
        rulesKnow(model, on, selection.on);
      const narrowed = isWider ? on : selection.on;
      return (
        applies &&
        (fails(rulesOfType(model, narrowed)) ||
          isRefused(model, asker, { known: [...known, narrowed], on: narrowed }, selection.of))
      );
    }
    if (selection.name === '__typename') return false;
    const field = typesOf(model)
      .find(({ name }) => name === on)
      ?.fields.find(({ name }) => name === selection.name);
    if (field === undefined) return false;
    const isFailing = (name: string): boolean =>
      fails(rulesOfField(model, name, selection.name)) ||
      fails(rulesOfGiven(model, name, selection.name, selection.given));
    if (known.some((name) => rulesHave(model, name, selection.name) && isFailing(name))) return true;
    return (
      field.returns !== null && isRefused(model, asker, { known: [field.returns], on: field.returns }, selection.of)
    );
  });
}
/** A union has no fields to be asked for. */
const rulesHave = (model: Model, typeName: string, fieldName: string): boolean =>
  typesOf(model).some(({ name, fields }) => name === typeName && fields.some((field) => field.name === fieldName));

/** Whether `on` says itself that it is a `wider`, or is a member of it. */
const rulesKnow = (model: Model, on: string, wider: string): boolean =>
  on === wider ||
  (wider === 'U' && isObject(on)) ||
  (typesOf(model)
    .find(({ name }) => name === on)
    ?.interfaces.includes(wider) ??
    false);
