import { Kind } from 'graphql';
import type { FieldNode, ObjectValueNode, ValueNode, VariableNode } from 'graphql';
import type { RuledInput } from './input-rules.js';
import { providedInputs } from './provided-inputs.js';

/** An input with a rule, or that leads to one, which a variable provides or does not. */
export interface VariableInput {
  readonly variable: string;
  readonly input: RuledInput;
}

/** What a field's arguments provide, by the document alone. */
export interface PlannedInputs {
  /** For certain, null included. */
  readonly provided: readonly RuledInput[];
  readonly byVariable: readonly VariableInput[];
}

/** Looks through the arguments of a field, without recursion: this list grows while it is walked. */
export function planInputs(inputs: readonly RuledInput[], { arguments: nodes = [] }: FieldNode): PlannedInputs {
  const provided: RuledInput[] = [];
  const byVariable: VariableInput[] = [];
  const waiting = inputs.flatMap((input) => {
    const node = nodes.find(({ name }) => name.value === input.name);
    return node === undefined ? [] : [{ input, value: node.value }];
  });
  for (const { input, value } of waiting) {
    if (value.kind !== Kind.VARIABLE) provided.push(input);
    for (const node of objectsAndVariables(value)) {
      if (node.kind === Kind.VARIABLE) byVariable.push({ variable: node.name.value, input });
      else waiting.push(...fieldsOf(node, input));
    }
  }
  return { provided, byVariable };
}

const fieldsOf = (node: ObjectValueNode, { fields }: RuledInput): { input: RuledInput; value: ValueNode }[] =>
  node.fields.flatMap(({ name, value }) => {
    const input = fields.find((field) => field.name === name.value);
    return input === undefined ? [] : [{ input, value }];
  });

/** The objects and variables of a literal that is one, or lists of them, however deep. */
function objectsAndVariables(value: ValueNode): (ObjectValueNode | VariableNode)[] {
  const found: (ObjectValueNode | VariableNode)[] = [];
  const waiting = [value];
  for (const node of waiting) {
    if (node.kind === Kind.LIST) waiting.push(...node.values);
    else if (node.kind === Kind.OBJECT || node.kind === Kind.VARIABLE) found.push(node);
  }
  return found;
}

/** What a variable provides with the value that it has; nothing where it has none. */
export function providedByVariable(
  { variable, input }: VariableInput,
  variables: Readonly<Record<string, unknown>>,
  defaults: ReadonlyMap<string, unknown>,
): readonly RuledInput[] {
  // As the executor takes them: a default counts, and so does null.
  if (Object.hasOwn(variables, variable)) return providedInputs(input, variables[variable]);
  return defaults.has(variable) ? providedInputs(input, defaults.get(variable)) : [];
}
