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
  /** Takes a user who was just read or changed: their fields are not read again in this request. */
  know(user: User): void;
}

/** Makes the loaders of one request, each when it is first asked for: most requests read nothing. */
export function createLoaders(auth: Auth): Loaders {
  return new RequestLoaders(auth);
}

/** A class, since an object with accessors of its own is kept as a dictionary, and one is made for each request. */
class RequestLoaders implements Loaders {
  readonly #auth: Auth;
  #known: User | undefined;
  #user: Loaders['user'] | undefined;
  #session: Loaders['session'] | undefined;
  #sessionsOfUser: Loaders['sessionsOfUser'] | undefined;

  constructor(auth: Auth) {
    this.#auth = auth;
  }

  get user(): Loaders['user'] {
    if (this.#user !== undefined) return this.#user;
    this.#user = new DataLoader(async (ids) => {
      const found = new Map((await this.#auth.users.listById(ids)).map((each) => [each.id, each]));
      return ids.map((id) => found.get(id) ?? null);
    });
    if (this.#known !== undefined) this.#user.prime(this.#known.id, this.#known);
    return this.#user;
  }

  /** The first is kept aside: mostly nobody asks for their fields. */
  know(user: User): void {
    if (this.#user === undefined && this.#known === undefined) this.#known = user;
    else this.user.clear(user.id).prime(user.id, user);
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

/** A user who was just read or changed, as resolvers take them. */
export function toUserSource(loaders: Loaders, user: User): UserSource {
  loaders.know(user);
  return { id: user.id };
}
