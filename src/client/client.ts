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
  const { clock, page, baseUrl, origin } = environment;
  checkOptions(options, environment);
  const { storage } = options;
  const usesCookies = options.transport !== 'header';
  // Called without `this`, as the global one wants it, and looked up late, for who replaces that.
  const fetch: typeof globalThis.fetch = (...given) => (options.fetch ?? globalThis.fetch)(...given);
  const endpoint = (): URL => new URL(options.url, baseUrl());
  const name = page ? `latchkey:${endpoint().href}` : 'latchkey';
  const isShared = page && (usesCookies || storage);

  const ask = createAsk({ url: () => endpoint().href, usesCookies, fetch });
  const channel = isShared ? openChannel(name, page, hear) : undefined;
  const knowledge = createKnowledge({
    storage: storage ?? openStorage(name, usesCookies ? page?.localStorage : undefined),
    clock,
    // Tokens of header transport are in the storage, which is for who may read it.
    tell: (text) => channel?.tell(usesCookies ? text : ''),
    onChange: () => schedule.plan(),
  });
  const lock = createLock(name, isShared ? environment : undefined);
  const backoff = createBackoff(environment);
  const exclusively = createExclusively(lock, knowledge, clock);
  const parts = { usesCookies, ask, knowledge, exclusively, backoff, clock };
  const refresher = createRefresher(parts);
  const schedule = createSchedule({ environment, knowledge, refresher, backoff });

  const isFresh = ({ lifetimeMs, receivedAt }: Known): boolean =>
    ageMs(receivedAt, clock()) < lifetimeMs - Math.min(MARGIN_MS, lifetimeMs * MARGIN_SHARE);

  function hear(text: string): void {
    if (text === '') void knowledge.look();
    else knowledge.hear(text);
  }

  async function look(): Promise<Known> {
    await knowledge.look();
    return knowledge.current();
  }

  const session = (): Known['session'] => {
    void knowledge.look();
    return knowledge.current().session;
  };

  void knowledge.look();
  return {
    ...createSignIn({ ...parts, refresher }),
    fetch: createAuthenticatedFetch({
      usesCookies,
      endpoint,
      baseUrl,
      origin,
      fetch,
      knowledge,
      refresher,
      look,
      isFresh,
    }),
    session,
    signedOut: () => (session() === null ? knowledge.current().signedOut : null),
    version: () => knowledge.current().version,
    hasRole: (...anyOf) => anyOf.some((role) => session()?.roles.includes(role)),
    hasPermission: (...anyOf) => anyOf.some((permission) => session()?.permissions.includes(permission)),
    subscribe: knowledge.subscribe,

    async ready() {
      await look();
      // A first visit, or storage was cleared: the cookies may be there all the same. What is known is newer than 0.
      if (page && usesCookies) await refresher.refresh(0).catch(() => null);
    },

    async refresh({ newerThan } = {}) {
      const known = await look();
      if (newerThan === undefined && known.session !== null && isFresh(known)) return known.session;
      return refresher.refresh(newerThan ?? known.version);
    },

    async getAccessToken() {
      const known = await look();
      if (known.accessToken === null || isFresh(known)) return known.accessToken;
      try {
        await refresher.refresh(known.version);
      } catch (error) {
        if (ageMs(known.receivedAt, clock()) >= known.lifetimeMs) throw error;
      }
      return knowledge.current().accessToken;
    },

    close() {
      schedule.close();
      channel?.close();
    },
  };
}

function checkOptions({ url, transport = 'cookie', storage }: AuthClientOptions, { page, baseUrl }: Environment): void {
  if (!['cookie', 'header'].includes(transport)) throw new TypeError('transport: has to be cookie or header');
  if (storage && transport !== 'header') throw new TypeError('storage: is for header transport alone');
  try {
    // Rendered on a server, an address that is relative means nothing yet.
    if (page) new URL(url, baseUrl());
  } catch (cause) {
    throw new TypeError('url: has to be an address', { cause });
  }
}
