import { constants } from 'node:os';

/** How the program ends; those above 1 as in sysexits.h. */
export const EXIT = { done: 0, refused: 1, usage: 64, unavailable: 69, configuration: 78 } as const;

/** What each of them tells whoever started it. */
export const EXIT_MEANINGS = {
  done: 'done',
  refused: 'refused, failed, or not stopped in time',
  usage: 'usage',
  unavailable: 'no store, port or disk',
  configuration: 'configuration',
} as const satisfies Record<keyof typeof EXIT, string>;

/** As a shell says of a program that a signal ended. */
export const exitCodeOfSignal = (signal: 'SIGTERM' | 'SIGINT' | 'SIGPIPE'): number => 128 + constants.signals[signal];
