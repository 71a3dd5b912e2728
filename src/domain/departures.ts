/** So many entries are looked at in one sweep at most, so that none takes long: the rest has its turn at the next. */
const LARGEST_SWEEP = 50_000;
/** Into so many parts a usual stay is divided: those who leave within the same one are kept in one list. */
const PARTS = 512;

/** What forgets its entries by and by. */
export interface Forgetful {
  /** When this entry leaves; `undefined` where it is not there. */
  leavesAtMs(id: string): number | undefined;
  forget(id: string): void;
}

/** Which entries leave when: in whatever order they came, found without a walk over those that stay. */
export interface Departures {
  /** Notes when an entry leaves. `knownMs` is what was noted for it before: the later of both holds. */
  schedule(id: string, leavesAtMs: number, knownMs: number | undefined): void;
  /** Forgets what leaves at `nowMs` or before; where that is very much, in several calls. */
  sweep(nowMs: number): void;
}

/** `usualStayMs` is how long an entry stays as a rule; some may stay longer, at the cost of some memory. */
export function createDepartures(entries: Forgetful, usualStayMs: number): Departures {
  const partMs = Math.max(1, usualStayMs / PARTS);
  const partOf = (timeMs: number): number => Math.floor(timeMs / partMs);
  const idsByPart = new Map<number, string[]>();

  function schedule(id: string, leavesAtMs: number, knownMs: number | undefined): void {
    const part = partOf(leavesAtMs);
    if (knownMs !== undefined && partOf(knownMs) >= part) return;
    const ids = idsByPart.get(part);
    if (ids === undefined) idsByPart.set(part, [id]);
    else ids.push(id);
  }

  /** Forgets the entry if its time has come. Whether it has still to be looked for in this part. */
  function isStaying(id: string, part: number, nowMs: number): boolean {
    const leavesAtMs = entries.leavesAtMs(id);
    if (leavesAtMs === undefined) return false;
    // One whose stay was made longer is in the list of a later part as well.
    if (leavesAtMs > nowMs) return partOf(leavesAtMs) === part;
    entries.forget(id);
    return false;
  }

  function sweep(nowMs: number): void {
    let most = LARGEST_SWEEP;
    for (const [part, ids] of idsByPart) {
      if (part > partOf(nowMs)) continue;
      if (most === 0) return;
      const looked = ids.splice(Math.max(0, ids.length - most));
      most -= looked.length;
      for (const id of looked) if (isStaying(id, part, nowMs)) ids.push(id);
      if (ids.length === 0) idsByPart.delete(part);
    }
  }

  return { schedule, sweep };
}
