import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  OperationTypeNode,
} from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  FragmentSpreadNode,
  GraphQLCompositeType,
  GraphQLSchema,
  InlineFragmentNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import type { CompiledSchema } from './compile.js';
import type { RuledInput } from './input-rules.js';
import { planInputs } from './plan-inputs.js';
import type { Branch, Demand, PlannedInput, RootField, Unit } from './plan.js';
import { isProtected } from './requirement.js';
import type { Requirement } from './requirement.js';
import { selectionConditions } from './selection-conditions.js';

export interface PlanInput {
  readonly schema: GraphQLSchema;
  readonly compiled: CompiledSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** A unit while it is being filled. */
interface OpenUnit extends Unit {
  readonly rootFields: RootField[];
  readonly demands: Demand[];
  readonly inputs: PlannedInput[];
  readonly branches: Branch[];
  /** Requirements that it has a demand for. */
  readonly demanded: Set<Requirement>;
  /** Inputs that it has, by the variable that may provide them. */
  readonly awaited: Map<string, Set<RuledInput>>;
}

/** Where a selection set stands. */
interface Place {
  /** What the field around returns: whatever the runtime type, it is one of these. */
  readonly returned: GraphQLCompositeType;
  /** What fragments have narrowed that to. */
  readonly narrowed: GraphQLCompositeType;
  readonly isRoot: boolean;
}

interface Walk extends PlanInput {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The unit of each fragment in each place that it was met in: walked once, so that cycles end too. */
  readonly fragmentUnits: Map<string, OpenUnit>;
  /** Selection sets still to be walked: a list, since a deep document would overflow the stack. */
  readonly waiting: { readonly set: SelectionSetNode; readonly place: Place; readonly unit: OpenUnit }[];
}

const openUnit = (): OpenUnit => ({
  ...{ rootFields: [], demands: [], inputs: [], branches: [] },
  ...{ demanded: new Set(), awaited: new Map() },
});

/** Walks every selection set of an operation once for each place that it can stand in. */
export function buildUnits(input: PlanInput): Unit {
  const root = openUnit();
  const rootType = input.schema.getRootType(input.operation.operation);
  if (!rootType) return root;
  const definitions = input.document.definitions.flatMap((node) =>
    node.kind === Kind.FRAGMENT_DEFINITION ? node : [],
  );
  const fragments = new Map(definitions.map((fragment) => [fragment.name.value, fragment]));
  const place: Place = { returned: rootType, narrowed: rootType, isRoot: true };
  const walk: Walk = {
    ...input,
    fragments,
    fragmentUnits: new Map(),
    waiting: [{ set: input.operation.selectionSet, place, unit: root }],
  };
  for (let next = walk.waiting.pop(); next !== undefined; next = walk.waiting.pop()) {
    for (const selection of next.set.selections) walkSelection(walk, selection, next.place, next.unit);
  }
  return root;
}

function walkSelection(walk: Walk, selection: SelectionNode, place: Place, unit: OpenUnit): void {
  const conditions = selectionConditions(selection);
  if (conditions === null) return;
  let target = unit;
  if (conditions.length > 0) {
    target = openUnit();
    unit.branches.push({ conditions, unit: target });
  }
  if (selection.kind === Kind.FIELD) walkField(walk, selection, place, target);
  else walkFragment(walk, selection, place, target);
}

function walkField({ compiled, operation, waiting }: Walk, field: FieldNode, place: Place, unit: OpenUnit): void {
  const fieldName = field.name.value;
  const { returned, narrowed, isRoot } = place;
  const isIntrospection = fieldName.startsWith('__');
  if (isRoot) {
    const isPublic = isIntrospection || compiled.ofField(narrowed.name, fieldName).whole.isPublic;
    unit.rootFields.push({ responseName: field.alias?.value ?? fieldName, fieldName, isPublic });
  }
  // Nothing but its root fields decides about a query before it runs.
  if (isIntrospection || operation.operation === OperationTypeNode.QUERY) return;
  for (const { name } of returned === narrowed ? [narrowed] : [narrowed, returned]) {
    const { beforeExecution, inputs } = compiled.ofField(name, fieldName);
    demand(unit, { requirement: beforeExecution, coordinate: `${name}.${fieldName}`, field });
    if (inputs.length > 0) demandInputs(unit, inputs, field);
  }
  const definition = isUnionType(narrowed) ? undefined : narrowed.getFields()[fieldName];
  const type = getNamedType(definition?.type);
  if (field.selectionSet === undefined || !isCompositeType(type)) return;
  waiting.push({ set: field.selectionSet, place: { returned: type, narrowed: type, isRoot: false }, unit });
}

function walkFragment(walk: Walk, node: InlineFragmentNode | FragmentSpreadNode, place: Place, unit: OpenUnit): void {
  const isSpread = node.kind === Kind.FRAGMENT_SPREAD;
  const fragment = isSpread ? walk.fragments.get(node.name.value) : node;
  if (fragment === undefined) return;
  const narrowed = narrow(walk.schema, place.narrowed, fragment.typeCondition?.name.value);
  if (narrowed === null) return;
  // A type that a fragment asks for counts, even if only for its `__typename`. The one around has been counted by the
  // field that returned it; a root type has not, since `@public` lifts its rules.
  if (narrowed !== place.narrowed) {
    const { beforeExecution } = walk.compiled.ofType(narrowed.name);
    demand(unit, { requirement: beforeExecution, coordinate: narrowed.name, field: null });
  }
  const inside = { ...place, narrowed };
  if (!isSpread) {
    walk.waiting.push({ set: fragment.selectionSet, place: inside, unit });
    return;
  }
  const key = [node.name.value, inside.returned.name, narrowed.name, inside.isRoot].join();
  const known = walk.fragmentUnits.get(key);
  const shared = known ?? openUnit();
  unit.branches.push({ conditions: [], unit: shared });
  if (known !== undefined) return;
  walk.fragmentUnits.set(key, shared);
  walk.waiting.push({ set: fragment.selectionSet, place: inside, unit: shared });
}

/** What is left of a type under a fragment's condition; `null` where nothing is, so that the fragment never applies. */
function narrow(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  name: string | undefined,
): GraphQLCompositeType | null {
  const condition = name === undefined ? type : schema.getType(name);
  if (!isCompositeType(condition)) return null;
  if (condition === type || (isAbstractType(condition) && isWithin(schema, type, condition))) return type;
  if (isObjectType(type)) return null;
  if (isObjectType(condition)) return schema.isSubType(type, condition) ? condition : null;
  return schema.getPossibleTypes(type).some((possible) => schema.isSubType(condition, possible)) ? condition : null;
}

/** Whether all that the type can be is possible for the condition. Members of a union have to be asked one by one. */
const isWithin = (schema: GraphQLSchema, type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean =>
  isAbstractType(condition) && !isUnionType(type) && schema.isSubType(condition, type);

/** What the arguments of a field provide: for certain, or with the values that variables will have. */
function demandInputs(unit: OpenUnit, inputs: readonly RuledInput[], field: FieldNode): void {
  const { provided, byVariable } = planInputs(inputs, field);
  for (const { requirement, coordinate } of provided) demand(unit, { requirement, coordinate, field });
  for (const { variable, input } of byVariable) {
    const awaited = unit.awaited.get(variable) ?? new Set();
    unit.awaited.set(variable, awaited);
    if (awaited.has(input)) continue;
    awaited.add(input);
    unit.inputs.push({ variable, input, field });
  }
}

function demand(unit: OpenUnit, { requirement, ...where }: Demand): void {
  if (!isProtected(requirement) || unit.demanded.has(requirement)) return;
  unit.demanded.add(requirement);
  unit.demands.push({ requirement, ...where });
}
