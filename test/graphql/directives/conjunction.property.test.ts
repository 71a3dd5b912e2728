import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fit, models, permissionOf, print, schemaSdl, selections, VARIABLES } from './conjunction-model.js';
import type { Selection, Type } from './conjunction-model.js';
import { completed, isRefused, passes, rulesOfRoot, runtimeOf } from './conjunction-reference.js';
import type { Asker } from './conjunction-reference.js';
import { anonymous, ask, expired, guarded, viewer } from './support.js';

const asker: fc.Arbitrary<Asker> = fc.record({
  id: fc.constantFrom('a', 'b', null),
  roles: fc.subarray(['ADMIN', 'EDITOR']),
  permissions: fc.subarray(['ADMIN', 'EDITOR'].map(permissionOf)),
  ageSeconds: fc.constantFrom(60, 61),
});

/** How often what was drawn led to what: a property that never sees a refusal proves nothing. */
const seen = { refused: 0, partly: 0, complete: 0 };

test('what is answered is what the conjunction of all rules lets through', async () => {
  const property = fc.asyncProperty(
    models,
    selections,
    asker,
    fc.boolean(),
    fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
    async (model, drawn, who, isMutation, isUnusable) => {
      const value = (name: string): object => ({ is: runtimeOf(model, name), by: 'a' });
      let ran = 0;
      const linked = (type: Type): Record<string, unknown> =>
        Object.fromEntries(
          type.fields.map((field) => [
            field.name,
            () => (field.returns === null ? field.name : field.isList ? [value(field.returns)] : value(field.returns)),
          ]),
        );
      const root = Object.fromEntries(
        model.root.map((field) => [field.name, () => (ran++, value(field.returns ?? 'A'))]),
      );
      const resolveType = { __resolveType: ({ is }: { is: string }) => is };
      const resolvers = {
        Query: root,
        Mutation: root,
        I: resolveType,
        J: resolveType,
        K: resolveType,
        U: resolveType,
        ...Object.fromEntries(model.objects.map((type) => [type.name, linked(type)])),
      };
      const schema = guarded(schemaSdl(model), resolvers);

      const set = model.root.map((field): Selection => ({
        kind: 'field',
        name: field.name,
        alias: 0,
        skip: null,
        of: fit(model, field.returns ?? 'A', drawn),
      }));
      const { source, numbered } = print(isMutation ? 'mutation' : 'query', set);
      const credential = isUnusable
        ? expired
        : who.id === null
          ? anonymous
          : viewer(who.id, who.roles, who.ageSeconds, who.permissions);
      const nobody: Asker = { ...who, id: null };
      const speaking = isUnusable ? nobody : who;

      const expectedRoots = numbered.flatMap((selection) => {
        const field = model.root.find(({ name }) => selection.kind === 'field' && name === selection.name);
        return field && selection.kind === 'field' ? [{ field, selection }] : [];
      });
      const isWholeRefused =
        (isUnusable && model.root.some(({ isPublic }) => !isPublic)) ||
        (isMutation &&
          expectedRoots.some(({ field, selection }) => {
            const type = field.returns ?? 'A';
            return (
              !rulesOfRoot(model, field).every(passes(speaking, null)) ||
              isRefused(model, speaking, { known: [type], on: type }, selection.of)
            );
          }));
      const got = await ask(schema, source, { credential, variables: { ...VARIABLES, f: false } });
      if (isWholeRefused) {
        expect([got.data, ran]).toEqual([undefined, 0]);
        expect(Object.keys(got.errors)).toEqual(['']);
        seen.refused += 1;
        return;
      }
      const expected = Object.assign(
        {},
        ...expectedRoots.map(({ field, selection }) => {
          const isAllowed = rulesOfRoot(model, field).every(passes(speaking, null));
          return {
            [`k${selection.alias}`]: isAllowed ? completed(model, speaking, field.returns ?? 'A', selection.of) : null,
          };
        }),
      ) as object;
      expect(got.data).toEqual({ z: isMutation ? 'Mutation' : 'Query', ...expected });
      seen[Object.keys(got.errors).length > 0 ? 'partly' : 'complete'] += 1;
    },
  );
  await fc.assert(property, { numRuns: 500 });
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(25);
}, 120_000);
