import { getNamedType, isInputObjectType, specifiedDirectives } from 'graphql';
import type { GraphQLArgument, GraphQLDirective, GraphQLInputField, GraphQLSchema } from 'graphql';
import type { CompiledSchema } from './compile.js';
import type { RuledInput } from './input-rules.js';
import { providedInputs } from './provided-inputs.js';
import { isProtected } from './requirement.js';
import { compositeTypes } from './schema-types.js';

/**
 * What is wrong with the rules of arguments and input fields: those that a guard could not tell to be provided, since a
 * default stands in the same place, and those that no guard gets to see. Each with its coordinate.
 */
export function inputFaults(schema: GraphQLSchema, compiled: CompiledSchema): string[] {
  const fields = compositeTypes(schema).flatMap((type) =>
    Object.values(type.getFields()).map(({ name, args }) => [compiled.ofField(type.name, name).inputs, args] as const),
  );
  const inputs = Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .map((type) => [compiled.ofInput(type.name), Object.values(type.getFields())] as const);
  const defaults = [...fields, ...inputs].flatMap(([ruled, declared]) =>
    ruled.flatMap((input) =>
      defaultFaults(
        input,
        declared.find(({ name }) => name === input.name),
      ),
    ),
  );
  return [...defaults, ...schema.getDirectives().flatMap((directive) => directiveFaults(directive, compiled))];
}

function defaultFaults(input: RuledInput, declared: GraphQLArgument | GraphQLInputField | undefined): string[] {
  const value: unknown = declared?.defaultValue;
  if (value === undefined) return [];
  if (isProtected(input.requirement)) {
    return [
      `${input.coordinate}: has a rule and a default value, which a guard cannot tell from a given one: drop one`,
    ];
  }
  return providedInputs(input, value).map(
    ({ coordinate }) => `${input.coordinate}: its default value provides ${coordinate}, which has a rule: leave it out`,
  );
}

/** Arguments of directives in documents reach no guard. */
function directiveFaults({ name, args }: GraphQLDirective, compiled: CompiledSchema): string[] {
  if (specifiedDirectives.some((specified) => specified.name === name)) return [];
  return args
    .filter(({ type }) => compiled.ofInput(getNamedType(type).name).length > 0)
    .map((argument) => {
      const type = getNamedType(argument.type).name;
      return `@${name}(${argument.name}:): takes ${type}, whose rules cannot be guarded there: give it a type of its own`;
    });
}
