/**
 * What blocks of documents use of packages that are not installed here, as their own declarations have it: next 16,
 * better-auth 1, supertokens-node 24, express-session 1 with connect-mongo 6, @graphql-codegen/cli 7.
 */

declare module 'next/headers' {
  export function headers(): Promise<Headers>;
}

declare module 'next/navigation' {
  export function redirect(url: string): never;
}

declare module 'better-auth/node' {
  import type { IncomingHttpHeaders } from 'node:http';

  export function fromNodeHeaders(headers: IncomingHttpHeaders): Headers;
}

/** Where an application makes its own, with `createAuthServer`. */
declare module '*/latchkey.js' {
  import type { AuthServer } from 'latchkey';

  export const server: AuthServer;
}

/** Where an application of better-auth makes its own, with `betterAuth`. */
declare module '*/better-auth.js' {
  export const auth: {
    readonly api: {
      getSession(context: { readonly headers: Headers }): Promise<{
        readonly session: { readonly id: string; readonly expiresAt: Date };
        readonly user: { readonly id: string; readonly email: string };
      } | null>;
    };
  };
}

declare module 'supertokens-node/recipe/session' {
  interface SessionContainer {
    getUserId(): string;
  }

  const Session: {
    getSessionWithoutRequestResponse(
      accessToken: string,
      antiCsrfToken?: string,
      options?: { readonly checkDatabase?: boolean; readonly antiCsrfCheck?: boolean },
    ): Promise<SessionContainer | undefined>;
  };
  export default Session;
}

declare module 'express-session' {
  import type { RequestHandler } from 'express';

  namespace session {
    interface SessionData {
      readonly cookie: object;
    }
    interface Session extends SessionData {
      destroy(callback: (error: unknown) => void): this;
    }
    interface Store {
      get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void;
    }
    interface SessionOptions {
      readonly secret: string | string[];
      readonly store?: Store;
      readonly resave?: boolean;
      readonly saveUninitialized?: boolean;
    }
  }

  function session(options: session.SessionOptions): RequestHandler;

  export = session;

  global {
    namespace Express {
      interface Request {
        session: session.Session & Partial<session.SessionData>;
      }
    }
  }
}

declare module 'connect-mongo' {
  import type { Store } from 'express-session';

  const MongoStore: { create(options: { readonly mongoUrl?: string; readonly dbName?: string }): Store };
  export default MongoStore;
}

declare module '@graphql-codegen/cli' {
  import type { Types } from '@graphql-codegen/plugin-helpers';

  export type CodegenConfig = Types.Config;
}
