import { createAuthenticatedFetch } from './authenticated-fetch.js';
import { createBackoff } from './backoff.js';
import { openChannel } from './channel.js';
import { ageMs } from './clock.js';
import type { Environment } from './environment.js';
import { createExclusively } from './exclusive.js';
import { createKnowledge } from './knowledge.js';
import { createLock } from './lock.js';
import type { Known } from './record.js';
import { createRefresher } from './refresher.js';
import { createAsk } from './requests.js';
import { createSchedule } from './schedule.js';
import { createSignIn } from './sign-in.js';
import { openStorage } from './storage.js';
import type { AuthClient, AuthClientOptions } from './types.js';

/** A token this close to its end may expire on its way. */
const MARGIN_MS = 5_000;
const MARGIN_SHARE = 0.1;

/** Puts a client together, of what it finds around it. */
export function createClient(options: AuthClientOptions, environment: Environment): AuthClient {
  const { clock, page, baseUrl } = environment;
  checkOptions(options, environment);
  const { storage } = options;
  const usesCookies = options.transport !== 'header';
  // Called without `this`, as the global one wants it, and looked up late, for who replaces that.
  const fetch: typeof globalThis.fetch = (...given) => (options.fetch ?? globalThis.fetch)(...given);
  const endpoint = (): URL => new URL(options.url, baseUrl());
  const name = page ? `latchkey:${endpoint().href}` : '';
  const isShared = page && (usesCookies || storage);

  const closing = new AbortController();
  const tell = isShared
    ? openChannel(name, page, closing.signal, (text) => {
        knowledge.hear(text);
        void knowledge.look();
      })
    : undefined;
  const knowledge = createKnowledge({
    storage: storage ?? openStorage(name, usesCookies ? page?.localStorage : undefined),
    clock,
    // Tokens of header transport are in the storage, which is for who may read it.
    tell: (text) => tell?.(usesCookies ? text : ''),
    onChange: () => plan?.(),
  });
  const lock = createLock(name, isShared ? environment : {});
  const backoff = createBackoff(environment);
  const exclusively = createExclusively(lock, knowledge, clock, createAsk({ endpoint, usesCookies, fetch }));
  const base = { ...environment, usesCookies, endpoint, fetch, knowledge, exclusively, backoff };
  const refresher = createRefresher(base);
  // Nobody's is not.
  const isFresh = ({ lifetimeMs, receivedAt }: Known): boolean =>
    ageMs(receivedAt, clock()) < lifetimeMs - Math.min(MARGIN_MS, lifetimeMs * MARGIN_SHARE);

  const parts = { ...base, refresher, isFresh };
  const plan = page && createSchedule(parts, page, closing.signal);

  const now = (): Known => {
    void knowledge.look();
    return knowledge.current();
  };

  const holds =
    (rights: 'roles' | 'permissions') =>
    (...anyOf: readonly string[]): boolean =>
      anyOf.some((right) => (now().session as Rights | null)?.[rights].includes(right));

  now();
  return {
    ...createSignIn(parts),
    fetch: createAuthenticatedFetch(parts),
    url: () => endpoint().href,
    session: () => now().session,
    signedOut: () => now().signedOut,
    version: () => knowledge.current().version,
    hasRole: holds('roles'),
    hasPermission: holds('permissions'),
    subscribe: knowledge.subscribe,

    async ready() {
      await knowledge.look();
      // A first visit, or storage was cleared: the cookies may be there all the same. What is known is newer than 0.
      closing.signal.throwIfAborted();
      if (page && usesCookies) await refresher.refresh(0);
    },

    async refresh({ newerThan } = {}) {
      const known = await knowledge.look();
      if (newerThan === undefined && isFresh(known)) return known.session;
      return refresher.refresh(newerThan ?? known.version);
    },

    async getAccessToken() {
      const known = await knowledge.look();
      if (known.accessToken !== null && !isFresh(known)) {
        await refresher.refresh(known.version).catch((error: unknown) => {
          if (ageMs(known.receivedAt, clock()) >= known.lifetimeMs) throw error;
        });
      }
      return knowledge.current().accessToken;
    },

    close: () => closing.abort(),
  };
}

/** Whatever roles an application has. */
type Rights = Readonly<Record<'roles' | 'permissions', readonly string[]>>;

function checkOptions({ url, transport = 'cookie', storage }: AuthClientOptions, { page, baseUrl }: Environment): void {
  if (!['cookie', 'header'].includes(transport)) throw new TypeError('transport: cookie or header');
  if (storage && transport !== 'header') throw new TypeError('storage: header only');
  try {
    // Rendered on a server, an address that is relative means nothing yet.
    if (page) new URL(url, baseUrl());
  } catch {
    throw new TypeError('url: no address');
  }
}
