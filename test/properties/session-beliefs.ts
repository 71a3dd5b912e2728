/**
 * What the server may hold, as a set of worlds. A request that is stopped between two of its writes may have come to any
 * of its stages; its answer, once seen, rules out the worlds in which it could not have been given. None left: the
 * implementation answered what no order of the steps allows.
 */
import type { Answer, ModelRules, World } from './session-model.js';
import { copyWorld, isLive } from './session-model.js';
import type { Request } from './session-model-requests.js';
import { takeStage } from './session-model-requests.js';

/** Far more than nearly every run of thirty steps comes to; beyond it, the model would only be slow. */
const MOST_WORLDS = 5_000;

/** The model cannot follow this run, which therefore says nothing of the implementation. */
export class TooManyWorlds extends Error {
  override readonly name = 'TooManyWorlds';
}

/** An answer of the implementation, with sessions named as the model names them. */
export type Observed =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'given'; readonly session: string; readonly generation: number; readonly text: string }
  | { readonly kind: 'ended'; readonly sessions: readonly string[] };

export interface Beliefs {
  worlds: readonly World[];
  readonly rules: ModelRules;
}

/** A request that is under way: what it is, and the name of its progress. */
export interface Running {
  readonly name: string;
  readonly request: Request;
}

/** No user, no session: the one world at the start. */
export function emptyBeliefs(rules: ModelRules, users: readonly string[]): Beliefs {
  const named = users.map((name) => [name, { acts: 0, lastEndingAct: 0, ban: null }] as const);
  return { rules, worlds: [{ users: new Map(named), sessions: new Map(), requests: new Map() }] };
}

/** The requests begin, side by side; none has done anything yet. */
export function begin(beliefs: Beliefs, running: readonly Running[]): void {
  change(beliefs, (world) => {
    for (const { name } of running) {
      world.requests.set(name, {
        stage: 0,
        session: null,
        issue: null,
        seenActs: 0,
        seenEndingAct: 0,
        writtenAt: null,
        listed: [],
        answer: null,
      });
    }
  });
}

/** The requests go on, in any order of their stages, and may each get as far as any of them before they are stopped. */
export function resume(beliefs: Beliefs, running: readonly Running[], now: number): void {
  beliefs.worlds = closure(beliefs.worlds, beliefs, running, now);
}

/** A request that only read so far has changed nothing: what it is to judge after its write is still to come. */
export function hasOnlyRead(beliefs: Beliefs, { name, request }: Running): void {
  const furthest = request.kind === 'sign-in' || request.kind === 'reauthenticate' ? 1 : 0;
  beliefs.worlds = beliefs.worlds.filter((world) => {
    const progress = world.requests.get(name);
    return progress === undefined || (progress.answer === null && progress.stage <= furthest);
  });
}

/** A look into the store, at how often this session's token was replaced: the worlds stay in which it was as often. */
export function seeGeneration(beliefs: Beliefs, key: string, generation: number): void {
  beliefs.worlds = beliefs.worlds.filter((world) => {
    const session = world.sessions.get(key);
    return session === undefined || session.issues.length - 1 === generation;
  });
}

/** A session that was over for long may have been deleted, and then nothing says any more how it ended. */
export function mayBeDeleted(beliefs: Beliefs, key: string | null, now: number): void {
  if (key === null) return;
  const without = beliefs.worlds
    .filter((world) => isDeletable(world, key, now, beliefs.rules))
    .map((world) => {
      const next = copyWorld(world);
      next.sessions.delete(key);
      return next;
    });
  beliefs.worlds = distinct([...beliefs.worlds, ...without]);
}

function isDeletable(world: World, key: string, now: number, rules: ModelRules): boolean {
  const session = world.sessions.get(key);
  if (session === undefined || isLive(world, key, now)) return false;
  return now >= session.lastGivenAt + rules.accessMs * 0.95 + 60_000;
}

/** The request answered: only the worlds stay in which it could. Returns what the others expected, for the report. */
export function observe(
  beliefs: Beliefs,
  running: Running,
  { observed, isKnown }: { readonly observed: Observed; readonly isKnown: (session: string) => boolean },
): readonly string[] {
  const expected = new Set<string>();
  const kept: World[] = [];
  for (const world of beliefs.worlds) {
    const answer = world.requests.get(running.name)?.answer ?? null;
    if (answer === null) continue;
    expected.add(describeAnswer(world, answer));
    const next = copyWorld(world);
    next.requests.delete(running.name);
    if (agrees(next, onlyKnown(answer, isKnown), observed)) kept.push(next);
  }
  beliefs.worlds = distinct(kept);
  return [...expected];
}

/** The request will never be continued: wherever it came to, there it stays. */
export function abandon(beliefs: Beliefs, running: Running): void {
  const left = beliefs.worlds.map(copyWorld);
  for (const world of left) world.requests.delete(running.name);
  beliefs.worlds = distinct(left);
}

/** Changes every world alike, for what happens at once and cannot fail. */
export function change(beliefs: Beliefs, act: (world: World) => void): void {
  beliefs.worlds = beliefs.worlds.map(copyWorld);
  beliefs.worlds.forEach(act);
}

/** Every world that some order of these requests' stages leads to. */
function closure(from: readonly World[], { rules }: Beliefs, running: readonly Running[], now: number): World[] {
  const reached = new Map(from.map((world) => [describeWorld(world), world]));
  // The map grows while it is walked: each world adds those that are a stage further.
  for (const world of reached.values()) {
    for (const { name, request } of running) {
      const before = world.requests.get(name);
      if (before?.answer !== null) continue;
      for (const judgedAt of new Set([now, before.writtenAt ?? now])) {
        const next = copyWorld(world);
        const progress = next.requests.get(name);
        if (progress !== undefined) takeStage(next, request, progress, { now, judgedAt, rules });
        reached.set(describeWorld(next), next);
      }
    }
    if (reached.size > MOST_WORLDS) throw new TooManyWorlds();
  }
  return [...reached.values()];
}

/** Of a session whose sign-in has not answered, nobody knows the id: it cannot be looked for in a list. */
function onlyKnown(answer: Answer, isKnown: (session: string) => boolean): Answer {
  return answer.kind === 'ended' ? { ...answer, sessions: answer.sessions.filter(isKnown) } : answer;
}

function agrees(world: World, answer: Answer, observed: Observed): boolean {
  if (answer.kind === 'refused') return observed.kind === 'refused' && observed.code === answer.code;
  if (answer.kind === 'ended') {
    if (observed.kind !== 'ended') return false;
    const missing = answer.sessions.some((key) => !observed.sessions.includes(key));
    return !missing && observed.sessions.every((key) => [...answer.sessions, ...answer.orAlso].includes(key));
  }
  if (observed.kind !== 'given' || observed.session !== answer.session) return false;
  return observed.generation === answer.generation && learn(world, answer, observed.text);
}

/** The same generation has the same token for good; a new one has a token that was never seen before. */
function learn(world: World, answer: { session: string; generation: number }, text: string): boolean {
  const session = world.sessions.get(answer.session);
  // Deleted while the request was stopped: nothing is left to compare it with.
  if (session === undefined) return true;
  const issue = session.issues[answer.generation];
  if (issue === undefined) return false;
  if (issue.text !== null) return issue.text === text;
  const known = [...world.sessions.values()].some(({ issues }) => issues.some((each) => each.text === text));
  issue.text = text;
  return !known;
}

function describeAnswer(world: World, answer: Answer): string {
  if (answer.kind === 'refused') return answer.code;
  if (answer.kind === 'ended') return `ended ${answer.sessions.join(', ') || 'none'}`;
  const text = world.sessions.get(answer.session)?.issues[answer.generation]?.text ?? null;
  return `${text === null ? 'a new token' : 'the known token'} of ${answer.session}, generation ${answer.generation}`;
}

function distinct(worlds: readonly World[]): readonly World[] {
  if (worlds.length < 2) return worlds;
  const byText = new Map<string, World>();
  for (const world of worlds) byText.set(describeWorld(world), world);
  return [...byText.values()];
}

function describeWorld(world: World): string {
  return JSON.stringify([[...world.users], [...world.sessions], [...world.requests]]);
}
