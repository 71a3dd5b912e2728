import { systemClock, type Clock } from './clock.js';

/** What a client finds around it. What is missing there, or forbidden, is undefined. */
export interface Environment {
  readonly clock: Clock;
  /** 0 to 1, for jitter alone. */
  readonly random: () => number;
  /** What relative addresses are relative to; undefined where none may be. */
  readonly baseUrl: () => string | undefined;
  /** Of the page; undefined where there is none. */
  readonly origin: string | undefined;
  /** Of what only a page has; in Node and React Native there is none. */
  readonly page?: Page | undefined;
  readonly locks?: Pick<LockManager, 'request' | 'query'> | undefined;
}

export interface Page {
  readonly window: Pick<Window, 'addEventListener'>;
  readonly document: Pick<Document, 'visibilityState'>;
  readonly localStorage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  /** Where there is none, making one throws. */
  readonly BroadcastChannel: typeof BroadcastChannel;
}

/** Node has some of these too, where they join nothing and keep the process from its end. */
export function findEnvironment(): Environment {
  const { document, window, location, navigator, BroadcastChannel } = globalThis as Surroundings;
  let localStorage: Storage | undefined;
  try {
    localStorage = window?.localStorage;
  } catch {
    // Where storage is forbidden, asking for it throws.
  }
  const page = document && window && { document, window, BroadcastChannel, localStorage };
  const baseUrl = (): string | undefined => document?.baseURI ?? location?.href;
  return {
    clock: systemClock,
    random: Math.random,
    baseUrl,
    origin: location?.origin,
    page,
    locks: page && navigator?.locks,
  };
}

type Surroundings = Partial<typeof globalThis> & Pick<typeof globalThis, 'BroadcastChannel'>;
