/**
 * Which resolvers may count on a principal, by the types that `latchkey/codegen` writes of `application.graphql`.
 * Checked by `npm run typecheck`: nothing here has to run.
 */
import { expectTypeOf } from 'expect-type';
import type { GraphQLContext, Principal, SessionReference, SignedIn, UserReference } from 'latchkey';
import { createAuthServer } from 'latchkey';
import type {
  DraftResolvers,
  MutationResolvers,
  OrderResolvers,
  PageResolvers,
  QueryResolvers,
  Resolvers,
  ResolversTypes,
  SecretResolvers,
  SubscriptionResolvers,
  TagResolvers,
  UserResolvers,
} from './generated.js';

type Callable = (source: never, args: never, context: never, info: never) => unknown;
/** What the resolver of a field finds as `context.principal`. */
type PrincipalOf<Field> =
  Extract<NonNullable<Field>, Callable> extends (
    source: never,
    args: never,
    context: infer Context extends { readonly principal: unknown },
    info: never,
  ) => unknown
    ? Context['principal']
    : never;
type SubscribeOf<Field> = Extract<
  NonNullable<Field>,
  { readonly subscribe: unknown; readonly resolve: unknown }
>['subscribe'];
type Nobody = Principal | null;

// Its own rules, whichever they are and however many.
expectTypeOf<PrincipalOf<QueryResolvers['mine']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<QueryResolvers['fresh']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<QueryResolvers['edited']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<QueryResolvers['allowed']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<MutationResolvers['hide']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<UserResolvers['notes']>>().toEqualTypeOf<Principal>();

// None at all, or `@public`.
expectTypeOf<PrincipalOf<QueryResolvers['open']>>().toEqualTypeOf<Nobody>();
expectTypeOf<PrincipalOf<QueryResolvers['news']>>().toEqualTypeOf<Nobody>();
expectTypeOf<PrincipalOf<MutationResolvers['enter']>>().toEqualTypeOf<Nobody>();
expectTypeOf<PrincipalOf<UserResolvers['tags']>>().toEqualTypeOf<Nobody>();

// Those of its type, of the interfaces of that, and of the same field on an interface.
expectTypeOf<PrincipalOf<SecretResolvers['text']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<OrderResolvers['id']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<DraftResolvers['id']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<DraftResolvers['title']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<PageResolvers['title']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<PageResolvers['text']>>().toEqualTypeOf<Nobody>();

// Those of the type that it returns, which `@public` does not lift; an owner is known when the object is there.
expectTypeOf<PrincipalOf<QueryResolvers['secret']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<QueryResolvers['found']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<QueryResolvers['page']>>().toEqualTypeOf<Nobody>();
expectTypeOf<PrincipalOf<QueryResolvers['order']>>().toEqualTypeOf<Nobody>();

// A union's rule is none of its members'.
expectTypeOf<PrincipalOf<TagResolvers['name']>>().toEqualTypeOf<Nobody>();

// A rule of an argument or input field holds where that is given: the field may be asked for without.
expectTypeOf<PrincipalOf<QueryResolvers['search']>>().toEqualTypeOf<Nobody>();

// A root type's rule holds for its subscriptions, but for those that are `@public`.
expectTypeOf<PrincipalOf<SubscribeOf<SubscriptionResolvers['pageAdded']>>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<SubscribeOf<SubscriptionResolvers['newsAdded']>>>().toEqualTypeOf<Nobody>();

// Our own fields go by the same rules.
expectTypeOf<PrincipalOf<QueryResolvers['viewer']>>().toEqualTypeOf<Principal>();
expectTypeOf<PrincipalOf<MutationResolvers['signIn']>>().toEqualTypeOf<Nobody>();

// A context of the application's keeps all else of it, with any principal.
expectTypeOf<SignedIn<{ readonly principal: { readonly userId: number } | null }>['principal']>().toEqualTypeOf<{
  readonly userId: number;
}>();
expectTypeOf<SignedIn<GraphQLContext & { readonly greeting: string }>['greeting']>().toEqualTypeOf<string>();

// Our types stand for what an application can give, and is given.
expectTypeOf<UserReference>().toExtend<ResolversTypes['User']>();
expectTypeOf<SessionReference>().toExtend<ResolversTypes['Session']>();
expectTypeOf<ReturnType<GraphQLContext['auth']['signIn']>>().toExtend<ResolversTypes['SignInPayload']>();

const resolvers: Resolvers = {
  Query: {
    mine: (_source, _arguments, { principal }) => principal.userId,
    // @ts-expect-error nobody may have asked
    open: (_source, _arguments, { principal }) => principal.userId,
    // @ts-expect-error the resolver is to answer a text
    news: () => 1,
    search: (_source, { filter, all }) => `${filter?.hidden ?? 'no'} ${all ?? 'no'}`,
  },
  Mutation: { enter: (_source, _arguments, { auth }) => auth.signIn('7', { deviceName: 'phone' }) },
  User: { tags: ({ id }) => [{ name: id }] },
};

/** Is never called: that it compiles is the test. */
export const createApplication = () => createAuthServer({ resolvers });
