/** What may happen in a run, as data that fast-check generates, shrinks and prints. */
import fc from 'fast-check';

export const CLIENTS = ['tab1', 'tab2', 'phone', 'thief'] as const;
export type Client = (typeof CLIENTS)[number];
export const USERS = ['ann', 'bob'] as const;

/** Which of the tokens in a client's memory: the one seen last, the one before, … or something made up. */
export type Which = 'last' | 'before' | 'older' | 'forged' | 'truncated';
/** Whether the client sees the answer: at once, never, or when `deliver` comes. */
export type Seen = 'seen' | 'lost' | 'late';

export type RequestAction =
  | { readonly kind: 'sign-in'; readonly client: Client; readonly user: string; readonly seen: Seen }
  | { readonly kind: 'refresh'; readonly client: Client; readonly which: Which; readonly seen: Seen }
  | { readonly kind: 'reauthenticate'; readonly client: Client; readonly seen: Seen }
  | { readonly kind: 'sign-out'; readonly client: Client; readonly by: 'refresh' | 'access' }
  | { readonly kind: 'revoke'; readonly client: Client }
  | { readonly kind: 'ban'; readonly user: string; readonly forMs: number | null }
  | { readonly kind: 'unban' | 'role' | 'revoke-all'; readonly user: string };

export type Action =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'request'; readonly node: number; readonly request: RequestAction; readonly stopAt: number | null }
  | { readonly kind: 'burst'; readonly requests: readonly RequestAction[] }
  | { readonly kind: 'revoke-others'; readonly client: Client }
  | { readonly kind: 'continue' | 'crash'; readonly which: number }
  | { readonly kind: 'use-access'; readonly client: Client; readonly which: Which; readonly node: number }
  | { readonly kind: 'flush' | 'restart'; readonly node: number }
  /** The server's feed tells it everything so far; or breaks, and loses what it has not told yet. */
  | { readonly kind: 'hear' | 'break-feed'; readonly node: number }
  | { readonly kind: 'rotate-key'; readonly node: number; readonly revokeCurrent: boolean }
  /** What a server does by the clock: the next key, and the end of those past their use. */
  | { readonly kind: 'keep-up'; readonly node: number }
  /** The server's wall clock is set. */
  | { readonly kind: 'set-clock'; readonly node: number; readonly byMs: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'steal'; readonly from: Client };

const client = fc.constantFrom(...CLIENTS);
const owner = fc.constantFrom('tab1', 'tab2', 'phone') as fc.Arbitrary<Client>;
const user = fc.constantFrom('ann', 'ann', 'ann', 'bob');
const node = fc.constantFrom(0, 1);
const seen = fc.constantFrom<Seen>('seen', 'seen', 'seen', 'lost', 'late');
const which = fc.oneof(
  { arbitrary: fc.constant<Which>('last'), weight: 10 },
  { arbitrary: fc.constant<Which>('before'), weight: 8 },
  { arbitrary: fc.constant<Which>('older'), weight: 3 },
  { arbitrary: fc.constantFrom<Which>('forged', 'truncated'), weight: 1 },
);
const SECOND = 1000;
const advance = fc.constantFrom(1, 3 * SECOND, 9_999, 10 * SECOND, 10_001, 20 * SECOND, 70 * SECOND, 400 * SECOND);
const longAdvance = fc.constantFrom(700 * SECOND, 3600 * SECOND, 7100 * SECOND, 7200 * SECOND, 30_000 * SECOND);

const signIn = fc.record({ kind: fc.constant('sign-in' as const), client: owner, user, seen });
const refresh = fc.record({ kind: fc.constant('refresh' as const), client, which, seen });
const reauthenticate = fc.record({ kind: fc.constant('reauthenticate' as const), client: owner, seen });
const by = fc.constantFrom('refresh' as const, 'access' as const);
const request: fc.Arbitrary<RequestAction> = fc.oneof(
  { arbitrary: refresh, weight: 60 },
  { arbitrary: signIn, weight: 4 },
  { arbitrary: reauthenticate, weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('sign-out' as const), client, by }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('revoke' as const), client }), weight: 1 },
  {
    arbitrary: fc.record({
      ...{ kind: fc.constant('ban' as const), user },
      forMs: fc.constantFrom(5 * SECOND, 100 * SECOND, 100 * SECOND, 5000 * SECOND, null),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('unban' as const, 'unban' as const, 'role' as const, 'revoke-all' as const),
      user,
    }),
    weight: 4,
  },
);
const stopAt = fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: fc.nat(3), weight: 1 });
const kinds = {
  request: fc.record({ kind: fc.constant('request' as const), node, request, stopAt }),
  burst: fc.record({
    kind: fc.constant('burst' as const),
    requests: fc.array(request, { minLength: 2, maxLength: 3 }),
  }),
  useAccess: fc.record({ kind: fc.constant('use-access' as const), client, which, node }),
  resume: fc.record({
    kind: fc.constantFrom('continue' as const, 'continue' as const, 'crash' as const),
    which: fc.nat(2),
  }),
  memory: fc.record({ kind: fc.constantFrom('flush' as const, 'flush' as const, 'restart' as const), node }),
  feed: fc.record({ kind: fc.constantFrom('hear' as const, 'hear' as const, 'break-feed' as const), node }),
  rotateKey: fc.record({ kind: fc.constant('rotate-key' as const), node, revokeCurrent: fc.boolean() }),
  keepUp: fc.record({ kind: fc.constant('keep-up' as const), node }),
  setClock: fc.record({
    ...{ kind: fc.constant('set-clock' as const), node },
    byMs: fc.constantFrom(-3_600 * SECOND, -10 * SECOND, 10 * SECOND, 3_600 * SECOND),
  }),
};

const action: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  // First, so that an action that does not matter shrinks to it.
  { arbitrary: fc.constant({ kind: 'nothing' as const }), weight: 1 },
  { arbitrary: kinds.request, weight: 40 },
  { arbitrary: kinds.burst, weight: 4 },
  { arbitrary: kinds.useAccess, weight: 14 },
  { arbitrary: kinds.resume, weight: 8 },
  { arbitrary: kinds.memory, weight: 7 },
  { arbitrary: kinds.feed, weight: 8 },
  { arbitrary: kinds.rotateKey, weight: 1 },
  { arbitrary: kinds.keepUp, weight: 1 },
  { arbitrary: kinds.setClock, weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: advance }), weight: 15 },
  { arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: longAdvance }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('deliver' as const) }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('steal' as const), from: owner }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('revoke-others' as const), client }), weight: 1 },
);

/** So many steps; where fewer fail already, the others shrink to nothing. */
export const actions = (steps: number): fc.Arbitrary<Action[]> =>
  fc.array(action, { minLength: steps, maxLength: steps });
