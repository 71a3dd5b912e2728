import type { ServerResponse } from 'node:http';

/** The responses that are being made or sent. */
export interface RunningResponses extends Iterable<ServerResponse> {
  /** From now on, until it is closed (the system has all of it, or never will) or its connection is. */
  add(response: ServerResponse): void;
}

/** So many may be there before it is looked whether all of them still run. */
const FEW = 64;

/**
 * A list of places that are taken again. In a `Set` to which each request is added, and from which it is deleted, V8 moves
 * to new tables all the time, and what an old table led to is then kept, with its request, until a full collection.
 */
export function createRunningResponses(): RunningResponses {
  const places: (ServerResponse | null)[] = [];
  const free: number[] = [];
  let sweepAt = FEW;

  function leave(place: number): void {
    if (places[place] === null) return;
    places[place] = null;
    free.push(place);
  }

  /** One that waits behind others on its connection is not told when that is closed. */
  function sweep(): void {
    for (const [place, response] of places.entries()) if (response !== null && isOver(response)) leave(place);
    sweepAt = Math.max(FEW, 2 * (places.length - free.length));
  }

  return {
    add(response) {
      if (isOver(response)) return;
      if (free.length === 0 && places.length >= sweepAt) sweep();
      const place = free.pop() ?? places.length;
      places[place] = response;
      response.once('close', () => {
        if (places[place] === response) leave(place);
      });
    },
    [Symbol.iterator]: () =>
      places
        .filter((each) => each !== null)
        .filter((each) => !isOver(each))
        .values(),
  };
}

const isOver = ({ closed, req }: ServerResponse): boolean => closed || req.socket.destroyed;
