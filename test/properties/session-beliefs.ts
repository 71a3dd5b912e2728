/**
 * What the server may hold, as a set of worlds. A request that is stopped between two of its writes may have come to any
 * of its stages; its answer, once seen, rules out the worlds in which it could not have been given. None left: the
 * implementation answered what no order of the steps allows.
 */
import type { Answer, ModelRules, World } from './session-model.js';
import { sessionOf } from './session-model.js';
import type { Request } from './session-model-requests.js';
import { takeStage } from './session-model-requests.js';

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

/** The request begins, and may get as far as any of its stages before it is stopped. */
export function begin(beliefs: Beliefs, running: Running, now: number): void {
  const started = beliefs.worlds.map((world) => {
    const next = structuredClone(world);
    next.requests.set(running.name, { stage: 0, session: null, issue: null, seenActs: 0, answer: null });
    return next;
  });
  beliefs.worlds = closure(started, beliefs.rules, running, now);
}

/** The request goes on, now that others had their turn. */
export function resume(beliefs: Beliefs, running: Running, now: number): void {
  beliefs.worlds = closure(beliefs.worlds, beliefs.rules, running, now);
}

/** The request answered: only the worlds stay in which it could. Returns what the others expected, for the report. */
export function observe(beliefs: Beliefs, running: Running, observed: Observed): readonly string[] {
  const expected = new Set<string>();
  const kept: World[] = [];
  for (const world of beliefs.worlds) {
    const answer = world.requests.get(running.name)?.answer ?? null;
    if (answer === null) continue;
    expected.add(describeAnswer(world, answer));
    const next = structuredClone(world);
    next.requests.delete(running.name);
    if (agrees(next, answer, observed)) kept.push(next);
  }
  beliefs.worlds = distinct(kept);
  return [...expected];
}

/** The request will never be continued: wherever it came to, there it stays. */
export function abandon(beliefs: Beliefs, running: Running): void {
  const left = beliefs.worlds.map((world) => structuredClone(world));
  for (const world of left) world.requests.delete(running.name);
  beliefs.worlds = distinct(left);
}

/** Changes every world alike, for what happens at once and cannot fail. */
export function change(beliefs: Beliefs, act: (world: World) => void): void {
  beliefs.worlds = beliefs.worlds.map((world) => structuredClone(world));
  beliefs.worlds.forEach(act);
}

function closure(from: readonly World[], rules: ModelRules, running: Running, now: number): readonly World[] {
  const reached: World[] = [...from];
  // The list grows while it is walked: each world adds the one that is a stage further.
  for (const world of reached) {
    if (world.requests.get(running.name)?.answer !== null) continue;
    const next = structuredClone(world);
    const progress = next.requests.get(running.name);
    if (progress !== undefined) takeStage(next, running.request, progress, { now, rules });
    reached.push(next);
  }
  return distinct(reached);
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
  const issue = sessionOf(world, answer.session).issues[answer.generation];
  if (issue === undefined) return false;
  if (issue.text !== null) return issue.text === text;
  const known = [...world.sessions.values()].some(({ issues }) => issues.some((each) => each.text === text));
  issue.text = text;
  return !known;
}

function describeAnswer(world: World, answer: Answer): string {
  if (answer.kind === 'refused') return answer.code;
  if (answer.kind === 'ended') return `ended ${answer.sessions.join(', ') || 'none'}`;
  const text = sessionOf(world, answer.session).issues[answer.generation]?.text ?? null;
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
