import type { ServerResponse } from 'node:http';

/** The responses that are being made or sent. */
export interface RunningResponses extends Iterable<ServerResponse> {
  /** From now on, until it is closed: the system has all of it, or never will. */
  add(response: ServerResponse): void;
}

/**
 * A list of places that are taken again. In a `Set` to which each request is added, and from which it is deleted, V8 moves
 * to new tables all the time, and what an old table led to is then kept, with its request, until a full collection.
 */
export function createRunningResponses(): RunningResponses {
  const places: (ServerResponse | null)[] = [];
  const free: number[] = [];
  return {
    add(response) {
      const place = free.pop() ?? places.length;
      places[place] = response;
      response.once('close', () => {
        places[place] = null;
        free.push(place);
      });
    },
    [Symbol.iterator]: () => places.filter((each) => each !== null).values(),
  };
}
