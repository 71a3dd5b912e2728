import type { RuledInput } from './input-rules.js';
import { isProtected } from './requirement.js';

/**
 * The inputs with a rule among a field's arguments that were provided, null included. `args` is as the executor
 * coerced them: without an entry for what was left out, since nothing that leads to a rule has a default.
 */
export const providedArguments = (
  inputs: readonly RuledInput[],
  args: Readonly<Record<string, unknown>>,
): readonly RuledInput[] =>
  // Own ones alone: an argument may be called `constructor`.
  inputs.flatMap((input) => (Object.hasOwn(args, input.name) ? providedInputs(input, args[input.name]) : []));

/** The inputs with a rule that are provided where this one is, with this value: itself, and what the value provides. */
export const providedInputs = (input: RuledInput, value: unknown): readonly RuledInput[] => [
  ...(isProtected(input.requirement) ? [input] : []),
  ...(typeof value === 'object' && value !== null && input.fields.length > 0 ? within(input.fields, value) : []),
];

// A thousand aliases may be given one large variable: it is looked through once, and forgotten with the request.
const looked = new WeakMap<object, Map<readonly RuledInput[], readonly RuledInput[]>>();

function within(fields: readonly RuledInput[], value: object): readonly RuledInput[] {
  const ofValue = looked.get(value) ?? new Map<readonly RuledInput[], readonly RuledInput[]>();
  looked.set(value, ofValue);
  const found = ofValue.get(fields) ?? lookThrough(fields, value);
  ofValue.set(fields, found);
  return found;
}

/** Without recursion, since a client decides how deep a value is: these lists grow while they are walked. */
function lookThrough(fields: readonly RuledInput[], value: unknown): readonly RuledInput[] {
  const provided = new Set<RuledInput>();
  const waiting = [{ fields, value }];
  for (const next of waiting) {
    for (const object of inputObjects(next.value)) {
      for (const field of next.fields) {
        // As graphql-js reads the values of variables: what is undefined was left out.
        const given = object[field.name];
        if (given === undefined) continue;
        if (isProtected(field.requirement)) provided.add(field);
        if (field.fields.length > 0) waiting.push({ fields: field.fields, value: given });
      }
    }
  }
  return [...provided];
}

/** The objects of a value that is one, or lists of them, however deep. */
function inputObjects(value: unknown): Readonly<Record<string, unknown>>[] {
  const objects: Readonly<Record<string, unknown>>[] = [];
  const waiting = [value];
  for (const next of waiting) {
    if (typeof next !== 'object' || next === null) continue;
    // No spread: a list may be longer than a call has room for arguments.
    if (Symbol.iterator in next) for (const item of next as Iterable<unknown>) waiting.push(item);
    else objects.push(next as Readonly<Record<string, unknown>>);
  }
  return objects;
}
