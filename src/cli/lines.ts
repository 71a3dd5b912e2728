import { TextDecoder } from 'node:util';

/** A line of a file, by its number from 1. */
export interface Line {
  readonly number: number;
  /** Without its end; `null` where it is longer than was allowed, or no UTF-8. */
  readonly text: string | null;
}

const LINE_FEED = 0x0a;

/** The lines of a text in UTF-8, one after the other: no more of it is held than a chunk and a line of `mostBytes`. */
export async function* readLines(source: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Buffer[] = [];
  let length = 0;
  let number = 0;

  function keep(piece: Buffer): void {
    length += piece.length;
    if (length > mostBytes) pieces = [];
    else pieces.push(piece);
  }

  function finish(): Line {
    const text = length > mostBytes ? null : decode(decoder, Buffer.concat(pieces));
    pieces = [];
    length = 0;
    number += 1;
    return { number, text };
  }

  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield finish();
}

function decode(decoder: TextDecoder, bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
