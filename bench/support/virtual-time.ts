import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** A process, as far as time goes: while it is stalled, nothing of it runs. */
export interface Process {
  stalledUntilMs: number;
}

/** Time that passes only as far as there is something to do, for code that knows nothing of it. */
export interface VirtualTime {
  /** Milliseconds since the beginning. */
  now(): number;
  /** Does it then, or once its process runs again; without one, in any case. Timers that it sets are its process's. */
  at(timeMs: number, act: () => void, process?: Process | null): void;
  /** Does what is due until then, each once everything is done that the one before led to. */
  runUntil(endMs: number): Promise<void>;
  /** Resolves after so long. */
  pass(ms: number, process: Process): Promise<void>;
  /** Gives `setInterval`, the awaited `setTimeout` and `Math.random` back. */
  restore(): void;
}

interface Due {
  readonly timeMs: number;
  readonly order: number;
  readonly act: () => void;
  readonly process: Process | null;
}

/** Takes the place of `setInterval`, of `setTimeout` of `node:timers/promises` and of `Math.random`, until `restore`. */
export function createVirtualTime(random: () => number): VirtualTime {
  const queue = createQueue();
  const real = { setInterval, clearInterval, setTimeout: timers.setTimeout, random: Math.random };
  let nowMs = 0;
  let order = 0;
  let running: Process | null = null;

  function at(timeMs: number, act: () => void, process: Process | null = null): void {
    queue.add({ timeMs: Math.max(timeMs, nowMs), order: (order += 1), act, process });
  }

  function startInterval(act: () => void, intervalMs: number): { unref(): object } {
    const process = running;
    const timer = { isOver: false, unref: () => timer };
    const once = (): void => {
      if (timer.isOver) return;
      act();
      at(nowMs + intervalMs, once, process);
    };
    at(nowMs + intervalMs, once, process);
    return timer;
  }

  const wait = (ms: number, value?: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const abort = (): void => reject(new Error('aborted'));
      if (signal?.aborted === true) abort();
      signal?.addEventListener('abort', abort);
      const end = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      };
      at(nowMs + ms, end, running);
    });

  function install(given: object, waiting: unknown, draw: () => number): void {
    Object.assign(globalThis, given);
    Object.assign(timers, { setTimeout: waiting });
    Math.random = draw;
    syncBuiltinESMExports();
  }

  install(
    { setInterval: startInterval, clearInterval: (timer: { isOver: boolean }) => (timer.isOver = true) },
    wait,
    random,
  );

  return {
    ...{ at, now: () => nowMs },
    async runUntil(endMs) {
      for (let due = queue.next(endMs); due !== null; due = queue.next(endMs)) {
        nowMs = due.timeMs;
        if (due.process !== null && due.process.stalledUntilMs > nowMs) {
          at(due.process.stalledUntilMs, due.act, due.process);
          continue;
        }
        running = due.process;
        due.act();
        // What was promised by it is done first, however many steps that takes.
        await new Promise(setImmediate);
      }
      nowMs = endMs;
    },
    pass: (ms, process) => new Promise((resolve) => at(nowMs + ms, resolve, process)),
    restore() {
      install({ setInterval: real.setInterval, clearInterval: real.clearInterval }, real.setTimeout, real.random);
    },
  };
}

const isBefore = (left: Due, right: Due): boolean =>
  left.timeMs < right.timeMs || (left.timeMs === right.timeMs && left.order < right.order);

/** A binary heap. */
function createQueue(): { add(due: Due): void; next(endMs: number): Due | null } {
  const heap: Due[] = [];

  function swap(one: number, other: number): void {
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }

  return {
    add(due) {
      let place = heap.push(due) - 1;
      for (let above = (place - 1) >> 1; place > 0 && isBefore(due, heap[above]!); above = (place - 1) >> 1) {
        swap(place, above);
        place = above;
      }
    },
    next(endMs) {
      const first = heap[0];
      if (first === undefined || first.timeMs > endMs) return null;
      const last = heap.pop()!;
      if (heap.length === 0) return first;
      heap[0] = last;
      for (let place = 0; ;) {
        let least = place;
        for (const below of [2 * place + 1, 2 * place + 2]) {
          if (below < heap.length && isBefore(heap[below]!, heap[least]!)) least = below;
        }
        if (least === place) return first;
        swap(place, least);
        place = least;
      }
    },
  };
}
