/** What is so of sessions, rights and keys at a moment: what the servers of a run hear of, sooner or later. */
import type { UserId } from '../../src/domain/ids.js';
import type { Beliefs } from './session-beliefs.js';
import type { Cluster } from './session-cluster.js';
import { isBehindFloor, sessionOf, userOf, type World } from './session-model.js';

/** From then on a server does not trust what it has heard. */
const STALE_AFTER_MS = 5_000;

export interface AccessTruth {
  /** Sessions that an act ended, not time alone, in whatever way the run is understood. */
  readonly over: ReadonlySet<string>;
  /** Each user's `ver`, by the run's name for the user. */
  readonly vers: ReadonlyMap<string, number>;
  readonly revokedKids: ReadonlySet<string>;
}

/** Looks at the model for what ended, and at the database for the rest. */
export async function readTruth(
  cluster: Cluster,
  beliefs: Beliefs,
  users: ReadonlyMap<string, UserId>,
): Promise<AccessTruth> {
  const { stores } = cluster.node(0);
  const vers = new Map<string, number>();
  for (const [name, id] of users) vers.set(name, (await stores.users.findById(id))?.ver ?? 0);
  const keys = await stores.signingKeys.list();
  const revokedKids = new Set(keys.filter(({ revokedAt }) => revokedAt !== null).map(({ kid }) => kid));
  const [first, ...others] = beliefs.worlds;
  const over = [...(first?.sessions.keys() ?? [])].filter((key) =>
    [first, ...others].every((world) => world !== undefined && isEnded(world, key)),
  );
  return { over: new Set(over), vers, revokedKids };
}

function isEnded(world: World, key: string): boolean {
  if (!world.sessions.has(key)) return false;
  const session = sessionOf(world, key);
  return (session.end !== null && session.end !== 'expired') || isBehindFloor(session, userOf(world, session.user));
}

/** What a server was told, and when. */
export interface Hearing {
  readonly heardAt: number;
  readonly heard: AccessTruth;
}

/**
 * What the server must know: while it trusts what it heard, that; after that, it asks the database, and then there is
 * nothing that it may not know. What it ended by itself it knows in either case.
 */
export function mustKnow(
  hearing: Hearing | null,
  truth: AccessTruth,
  { now, endedHere }: { readonly now: number; readonly endedHere: ReadonlySet<string> },
): AccessTruth {
  const isTrusting = hearing !== null && now - hearing.heardAt < STALE_AFTER_MS;
  const { over, ...rest } = isTrusting ? hearing.heard : truth;
  return { ...rest, over: new Set([...over, ...endedHere]) };
}
