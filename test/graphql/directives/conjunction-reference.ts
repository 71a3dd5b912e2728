/**
 * What the rules let through, by the letter: reads the description in conjunction-model.ts, never the schema, and
 * knows nothing of the implementation.
 */
import { isObject, possible, typesOf } from './conjunction-model.js';
import type { Field, Model, Rule, Selection } from './conjunction-model.js';

export interface Asker {
  readonly id: string | null;
  readonly roles: readonly string[];
  readonly ageSeconds: number;
}
export const passes =
  (asker: Asker, by: string | null) =>
  ({ kind, role }: Rule): boolean => {
    if (kind === 'owner' && by === null) return true;
    if (asker.id === null) return false;
    if (kind === 'role') return asker.roles.includes(role);
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
const rulesOfReturned = (model: Model, { returns }: Field): Rule[] =>
  returns === null ? [] : rulesOfType(model, returns).filter(({ kind }) => kind !== 'owner');
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
      if (field === undefined || !rulesOfField(model, on, selection.name).every(passes(asker, 'a')))
        return { [key]: null };
      if (field.returns === null) return { [key]: selection.name };
      const value = answer(model, asker, runtimeOf(model, field.returns), selection.of);
      return { [key]: field.isList ? [value] : value };
    }),
  ) as Record<string, unknown>;
}

/** Whether the selection holds anything that is refused before execution, on a type known by name alone. */
export function isRefused(
  model: Model,
  asker: Asker,
  { returned: around, on }: { returned: string; on: string },
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
          isRefused(model, asker, { returned: around, on: narrowed }, selection.of))
      );
    }
    if (selection.name === '__typename') return false;
    const field = typesOf(model)
      .find(({ name }) => name === on)
      ?.fields.find(({ name }) => name === selection.name);
    if (field === undefined) return false;
    if (fails(rulesOfField(model, on, selection.name)) || fails(rulesOfField(model, around, selection.name)))
      return true;
    return (
      field.returns !== null && isRefused(model, asker, { returned: field.returns, on: field.returns }, selection.of)
    );
  });
}
/** Whether `on` says itself that it is a `wider`. */
const rulesKnow = (model: Model, on: string, wider: string): boolean =>
  on === wider ||
  (typesOf(model)
    .find(({ name }) => name === on)
    ?.interfaces.includes(wider) ??
    false);
