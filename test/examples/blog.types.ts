/** Roles as the blog registers them by its `generated.ts`. Checked by `npm run typecheck`. */
import { expectTypeOf } from 'expect-type';
import {
  requireSession,
  type AddClaims,
  type Auth,
  type AuthEvent,
  type GraphQLContext,
  type Principal,
  type Role,
} from 'latchkey';
import type {
  HasRoleDirectiveArgs,
  MutationResolvers,
  OwnerDirectiveArgs,
  Role as SchemaRole,
} from '../../examples/blog/generated.js';
import type { Context } from '../../examples/blog/schema.js';

type BlogRole = 'ADMIN' | 'MODERATOR' | 'EDITOR';
type Parameter<Call extends (...args: never[]) => unknown, Place extends number> = Parameters<Call>[Place];

// What is given.
expectTypeOf<Role>().toEqualTypeOf<BlogRole>();
expectTypeOf<Principal['roles']>().toEqualTypeOf<readonly BlogRole[]>();
expectTypeOf<GraphQLContext['roles']>().toEqualTypeOf<readonly BlogRole[]>();
expectTypeOf<Parameter<AddClaims, 0>['roles']>().toEqualTypeOf<readonly BlogRole[]>();
expectTypeOf<Extract<AuthEvent, { readonly type: 'roles.changed' }>['roles']>().toEqualTypeOf<readonly BlogRole[]>();
// The store may hold what this server does not know.
expectTypeOf<Awaited<ReturnType<Auth['users']['grantRole']>>['roles']>().toEqualTypeOf<readonly string[]>();

// What is taken.
expectTypeOf<Parameter<Auth['users']['grantRole'], 2>>().toEqualTypeOf<BlogRole>();
expectTypeOf<Parameter<Auth['users']['withdrawRole'], 2>>().toEqualTypeOf<BlogRole>();
expectTypeOf<Parameter<Auth['rolePermissions']['replace'], 1>>().toEqualTypeOf<BlogRole>();
expectTypeOf<Parameter<Auth['rolePermissions']['of'], 0>>().toEqualTypeOf<readonly BlogRole[]>();
expectTypeOf(requireSession).toBeCallableWith({ anyOf: ['EDITOR', 'ADMIN'] });
// @ts-expect-error the blog has no such role
requireSession({ anyOf: ['EDITER'] });

// What is written in the schema.
expectTypeOf<SchemaRole>().toEqualTypeOf<BlogRole>();
expectTypeOf<HasRoleDirectiveArgs['anyOf']>().toEqualTypeOf<BlogRole[]>();
expectTypeOf<NonNullable<OwnerDirectiveArgs['orRole']>>().toEqualTypeOf<BlogRole[]>();

// What the blog's resolvers get.
const publish: MutationResolvers['publishPost'] = (_source, _arguments, context) => {
  expectTypeOf(context).toExtend<Context>();
  expectTypeOf(context.principal.roles).toEqualTypeOf<readonly BlogRole[]>();
  // @ts-expect-error the blog has no such role
  if (context.principal.roles.includes('AUTHOR')) return null;
  return null;
};
expectTypeOf(publish).toBeFunction();
