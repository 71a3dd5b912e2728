import type { DocumentNode, FieldNode, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { valueFromASTUntyped } from 'graphql';
import { providedByVariable } from './plan-inputs.js';
import type { VariableInput } from './plan-inputs.js';
import { buildUnits } from './plan-units.js';
import { protectionOf } from './protect.js';
import type { Requirement } from './requirement.js';

/** A selection takes place unless the variable has this value: `@skip(if: $x)` true, `@include(if: $x)` false. */
export interface Condition {
  readonly variable: string;
  readonly excludedBy: boolean;
}

/** One field of the root type that an operation selects; the same one under two aliases is two. */
export interface RootField {
  /** Under which the answer has it. */
  readonly responseName: string;
  readonly fieldName: string;
  /** Introspection counts as such. */
  readonly isPublic: boolean;
}

/** What has to be satisfied before the operation starts. */
export interface Demand {
  readonly requirement: Requirement;
  /** `Type.field`, the type that a fragment narrows to, or an argument or input field that is provided. */
  readonly coordinate: string;
  readonly field: FieldNode | null;
}

/** Selections that take place together, and what hangs on them. May be reached in several ways. */
export interface Unit {
  readonly rootFields: readonly RootField[];
  /** One for each requirement. */
  readonly demands: readonly Demand[];
  /** What further demands hang on the values of variables. */
  readonly inputs: readonly PlannedInput[];
  readonly branches: readonly Branch[];
}

/** An argument, or part of one, that a variable may provide. */
export interface PlannedInput extends VariableInput {
  readonly field: FieldNode;
}

export interface Branch {
  /** All have to let it take place. */
  readonly conditions: readonly Condition[];
  readonly unit: Unit;
}

/** What an operation would run, for any variables. Knows nothing of who asks. */
export interface Plan {
  readonly operation: OperationTypeNode;
  /** Without branches where nothing hangs on variables. */
  readonly root: Unit;
  /** Variable → literal default. */
  readonly defaults: ReadonlyMap<string, unknown>;
}

/**
 * The plan of one operation, made once and kept as long as the parsed document. Work and size are bounded by the
 * document's length, however often it uses its fragments. The schema is the one that `protectSchema` returned.
 */
export function planOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan {
  const { plans, compiled } = protectionOf(schema);
  const ofDocument = plans.get(document) ?? new Map<OperationDefinitionNode, Plan>();
  plans.set(document, ofDocument);
  const kept = ofDocument.get(operation);
  if (kept !== undefined) return kept;
  const plan: Plan = {
    operation: operation.operation,
    root: flattened(buildUnits({ schema, compiled, document, operation })),
    defaults: variableDefaults(operation),
  };
  ofDocument.set(operation, plan);
  return plan;
}

/** The root fields that run with these variables (as the client sent them), each response name once. */
export function rootFields(plan: Plan, variables: Readonly<Record<string, unknown>>): readonly RootField[] {
  const fields = selectedUnits(plan, variables).flatMap((unit) => unit.rootFields);
  return [...new Map(fields.map((field) => [field.responseName, field])).values()];
}

/** The units that run with these variables, as the client sent them. */
export function selectedUnits(plan: Plan, variables: Readonly<Record<string, unknown>>): readonly Unit[] {
  const isSelected = ({ variable, excludedBy }: Condition): boolean =>
    // A value that is no boolean excludes nothing: the executor will refuse it, and until then it counts as selected.
    (Object.hasOwn(variables, variable) ? variables[variable] : plan.defaults.get(variable)) !== excludedBy;
  return reachableUnits(plan.root, ({ conditions }) => conditions.every(isSelected));
}

/** What has to be satisfied with these variables, as the client sent them. */
export function selectedDemands(plan: Plan, variables: Readonly<Record<string, unknown>>): readonly Demand[] {
  const units = selectedUnits(plan, variables);
  const inputs = units.flatMap((unit) => unit.inputs);
  return [
    ...units.flatMap((unit) => unit.demands),
    ...inputs.flatMap((planned) =>
      providedByVariable(planned, variables, plan.defaults).map((input) => ({ ...input, field: planned.field })),
    ),
  ];
}

function reachableUnits(root: Unit, isTaken: (branch: Branch) => boolean): readonly Unit[] {
  const reached = new Set([root]);
  // A set goes on with what is added to it on the way.
  for (const unit of reached) {
    for (const branch of unit.branches) {
      if (!reached.has(branch.unit) && isTaken(branch)) reached.add(branch.unit);
    }
  }
  return [...reached];
}

/** One unit in place of all, where nothing hangs on variables. */
function flattened(root: Unit): Unit {
  const units = reachableUnits(root, () => true);
  if (units.some(({ branches }) => branches.some(({ conditions }) => conditions.length > 0))) return root;
  const demands = units.flatMap((unit) => unit.demands);
  return {
    rootFields: units.flatMap((unit) => unit.rootFields),
    demands: [...new Map(demands.toReversed().map((demand) => [demand.requirement, demand])).values()].toReversed(),
    inputs: units.flatMap((unit) => unit.inputs),
    branches: [],
  };
}

const variableDefaults = ({ variableDefinitions = [] }: OperationDefinitionNode): ReadonlyMap<string, unknown> =>
  new Map(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
    ),
  );
