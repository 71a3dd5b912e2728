import { Kind, OperationTypeNode } from 'graphql';
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
import { isImplied, narrow, returnedType } from './narrowing.js';
import { planInputs } from './plan-inputs.js';
import type { Branch, Condition, Demand, PlannedInput, RootField, Unit } from './plan.js';
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
  /** The units of selections with conditions, by the selection. */
  readonly conditional: Map<SelectionNode, OpenUnit>;
  /** As what each of its selection sets has been walked. */
  readonly walked: Map<SelectionSetNode, Set<string>>;
  /** Requirements that it has a demand for. */
  readonly demanded: Set<Requirement>;
  /** Inputs that it has, by the variable that may provide them. */
  readonly awaited: Map<string, Set<RuledInput>>;
}

/**
 * Where a selection set stands. Whatever its runtime type, a value there is of what the field around returns, and of
 * what each fragment around narrows to: the rules of all of them hold. Since a conjunction can be had part by part, a
 * set is walked once for each of them.
 */
interface Place {
  /** One of the types that a value is of. */
  readonly known: GraphQLCompositeType;
  /** The innermost of them: what fields are valid on. */
  readonly narrowed: GraphQLCompositeType;
  readonly isRoot: boolean;
}

interface Walk extends PlanInput {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The unit of each fragment in each place that it was met in: walked once, so that cycles end too. */
  readonly fragmentUnits: Map<string, OpenUnit>;
  /** Selection sets still to be walked: a list, since a deep document would overflow the stack. */
  readonly waiting: Stop[];
}

/** A selection set to be walked. */
interface Stop {
  readonly set: SelectionSetNode;
  readonly place: Place;
  readonly unit: OpenUnit;
}

const openUnit = (): OpenUnit => ({
  ...{ rootFields: [], demands: [], inputs: [], branches: [] },
  ...{ conditional: new Map(), walked: new Map(), demanded: new Set(), awaited: new Map() },
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
  const walk: Walk = { ...input, fragments, fragmentUnits: new Map(), waiting: [] };
  const place: Place = { known: rootType, narrowed: rootType, isRoot: true };
  goOn(walk, { set: input.operation.selectionSet, place, unit: root });
  for (let next = walk.waiting.pop(); next !== undefined; next = walk.waiting.pop()) {
    for (const selection of next.set.selections) walkSelection(walk, selection, next.place, next.unit);
  }
  return root;
}

/** Several ways may lead to the same place, in ever longer circles: each is gone on from once. */
function goOn({ waiting }: Pick<Walk, 'waiting'>, stop: Stop): void {
  const { set, place, unit } = stop;
  const walked = unit.walked.get(set) ?? new Set();
  unit.walked.set(set, walked);
  const as = [place.known.name, place.narrowed.name, place.isRoot].join();
  if (!walked.has(as)) waiting.push(stop);
  walked.add(as);
}

function walkSelection(walk: Walk, selection: SelectionNode, place: Place, unit: OpenUnit): void {
  const conditions = selectionConditions(selection);
  if (conditions === null) return;
  const target = conditions.length === 0 ? unit : conditionalUnit(unit, selection, conditions);
  if (selection.kind === Kind.FIELD) walkField(walk, selection, place, target);
  else walkFragment(walk, selection, place, target);
}

function conditionalUnit(unit: OpenUnit, selection: SelectionNode, conditions: readonly Condition[]): OpenUnit {
  const kept = unit.conditional.get(selection);
  if (kept !== undefined) return kept;
  const target = openUnit();
  unit.conditional.set(selection, target);
  unit.branches.push({ conditions, unit: target });
  return target;
}

function walkField(walk: Walk, field: FieldNode, place: Place, unit: OpenUnit): void {
  const { schema, compiled, operation } = walk;
  const fieldName = field.name.value;
  const { known, narrowed, isRoot } = place;
  const isIntrospection = fieldName.startsWith('__');
  if (isRoot) {
    const isPublic = isIntrospection || compiled.ofField(narrowed.name, fieldName).whole.isPublic;
    unit.rootFields.push({ responseName: field.alias?.value ?? fieldName, fieldName, isPublic });
  }
  // Nothing but its root fields decides about a query before it runs.
  if (isIntrospection || operation.operation === OperationTypeNode.QUERY) return;
  const { beforeExecution, inputs } = compiled.ofField(known.name, fieldName);
  demand(unit, { requirement: beforeExecution, coordinate: `${known.name}.${fieldName}`, field });
  if (inputs.length > 0) demandInputs(unit, inputs, field);
  const set = field.selectionSet;
  const [inner, returned] = [narrowed, known].map((type) => returnedType(type, fieldName));
  if (set === undefined || inner === undefined || returned === undefined) return;
  if (known !== narrowed && isImplied(schema, inner, returned)) return;
  goOn(walk, { set, place: { known: returned, narrowed: inner, isRoot: false }, unit });
}

function walkFragment(walk: Walk, node: InlineFragmentNode | FragmentSpreadNode, place: Place, unit: OpenUnit): void {
  const { schema, compiled } = walk;
  const fragment = node.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(node.name.value) : node;
  if (fragment === undefined) return;
  const narrowed = narrow(schema, place.narrowed, fragment.typeCondition?.name.value);
  if (narrowed === null) return;
  // A type that a fragment asks for counts, even if only for its `__typename`. The one around has been counted by the
  // field that returned it; a root type has not, since `@public` lifts its rules.
  if (narrowed !== place.narrowed) {
    const { beforeExecution } = compiled.ofType(narrowed.name);
    demand(unit, { requirement: beforeExecution, coordinate: narrowed.name, field: null });
  }
  const goInside = (known: GraphQLCompositeType): void => {
    const inside = { ...place, known, narrowed };
    const target = node.kind === Kind.FRAGMENT_SPREAD ? sharedUnit(walk, node, inside, unit) : unit;
    goOn(walk, { set: fragment.selectionSet, place: inside, unit: target });
  };
  if (place.known === place.narrowed) goInside(narrowed);
  if (!isImplied(schema, narrowed, place.known)) goInside(place.known);
}

/** The unit of a named fragment where it is met as this, reached from the one that uses it. */
function sharedUnit({ fragmentUnits }: Walk, { name }: FragmentSpreadNode, place: Place, unit: OpenUnit): OpenUnit {
  const key = [name.value, place.known.name, place.narrowed.name, place.isRoot].join();
  const shared = fragmentUnits.get(key) ?? openUnit();
  fragmentUnits.set(key, shared);
  unit.branches.push({ conditions: [], unit: shared });
  return shared;
}

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
