import { Kind } from 'graphql';
import type { SelectionNode } from 'graphql';
import type { Condition } from './plan.js';

/**
 * What a selection hangs on by `@skip` and `@include`; `null` where a literal excludes it for good. Anything that
 * the executor would refuse excludes nothing.
 */
export function selectionConditions({ directives = [] }: SelectionNode): readonly Condition[] | null {
  if (directives.length === 0) return [];
  const conditions: Condition[] = [];
  for (const [name, excludedBy] of [
    ['skip', true],
    ['include', false],
  ] as const) {
    // The first, as the executor takes it.
    const directive = directives.find((node) => node.name.value === name);
    const value = directive?.arguments?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.BOOLEAN && value.value === excludedBy) return null;
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, excludedBy });
  }
  return conditions;
}
