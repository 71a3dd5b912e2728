import DataLoader from 'dataloader';
import type { SessionId, UserId } from '../domain/ids.js';
import type { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';
import type { Auth } from './context.js';
import type { UserSource } from './sources.js';

/** Reads of one request, each thing once; users, and the sessions of users, in one call for a whole list. */
export interface Loaders {
  /** `null`: gone. */
  readonly user: DataLoader<UserId, User | null>;
  /** `null`: gone. */
  readonly session: DataLoader<SessionId, Session | null>;
  /** The live ones of a user. */
  readonly sessionsOfUser: DataLoader<UserId, Session[]>;
}

/** Makes the loaders of one request, each when it is first asked for: most requests read nothing. */
export function createLoaders(auth: Auth): Loaders {
  return new RequestLoaders(auth);
}

/** A class, since an object with accessors of its own is kept as a dictionary, and one is made for each request. */
class RequestLoaders implements Loaders {
  readonly #auth: Auth;
  #user: Loaders['user'] | undefined;
  #session: Loaders['session'] | undefined;
  #sessionsOfUser: Loaders['sessionsOfUser'] | undefined;

  constructor(auth: Auth) {
    this.#auth = auth;
  }

  get user(): Loaders['user'] {
    return (this.#user ??= new DataLoader(async (ids) => {
      const found = new Map((await this.#auth.users.listById(ids)).map((each) => [each.id, each]));
      return ids.map((id) => found.get(id) ?? null);
    }));
  }

  get session(): Loaders['session'] {
    return (this.#session ??= new DataLoader((ids) => Promise.all(ids.map((id) => this.#auth.sessions.find(id)))));
  }

  get sessionsOfUser(): Loaders['sessionsOfUser'] {
    return (this.#sessionsOfUser ??= new DataLoader(async (ids) => {
      const owners = (await Promise.all(ids.map((id) => this.user.load(id)))).filter((owner) => owner !== null);
      const live = await this.#auth.sessions.listLive(owners);
      return ids.map((id) => live.get(id) ?? []);
    }));
  }
}

/** A user who was just read or changed, as resolvers take them: their fields are not read again in this request. */
export function toUserSource(loaders: Loaders, user: User): UserSource {
  loaders.user.clear(user.id).prime(user.id, user);
  return { id: user.id };
}
