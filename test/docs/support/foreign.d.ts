/**
 * What blocks of documents use of packages that are not installed here, as their own declarations have it, which the
 * blocks were checked with: next 16.4.6, by `moduleResolution: bundler` as it has itself, better-auth 1.7.25,
 * supertokens-node 24.0.3, @types/express-session 1.19.0 with connect-mongo 6.0.0, @graphql-codegen/cli 7.4.3.
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
declare module '@/latchkey' {
  import type { AuthServer } from 'latchkey';

  export const server: AuthServer;
}

/** Where an application of better-auth makes its own, with `betterAuth`. */
declare module '*/better-auth.js' {
  export const auth: {
    readonly api: {
      getSession(context: {
        readonly headers: Headers;
        readonly query?: { readonly disableCookieCache?: boolean; readonly disableRefresh?: boolean };
      }): Promise<{
        readonly session: { readonly id: string; readonly token: string; readonly expiresAt: Date };
        readonly user: { readonly id: string; readonly email: string };
      } | null>;
      signOut(context: { readonly headers: Headers }): Promise<{ readonly success: boolean }>;
    };
  };
}

declare module 'supertokens-node/recipe/session' {
  interface SessionContainer {
    getUserId(): string;
    revokeSession(): Promise<void>;
  }

  const Session: {
    readonly Error: { isErrorFromSuperTokens(error: unknown): boolean };
    getSessionWithoutRequestResponse(
      accessToken: string,
      antiCsrfToken?: string,
      options?: {
        readonly checkDatabase?: boolean;
        readonly antiCsrfCheck?: boolean;
        readonly sessionRequired?: true;
      },
    ): Promise<SessionContainer>;
  };
  export default Session;
}

declare module 'express-session' {
  import type { RequestHandler } from 'express';

  namespace session {
    interface SessionData {
      cookie: object;
    }
    class Session {
      private constructor(request: Express.Request, data: SessionData);
      readonly cookie: object;
      // oxlint-disable-next-line typescript/no-explicit-any -- as its declarations have it
      destroy(callback: (error: any) => void): this;
    }
    abstract class Store {
      // oxlint-disable-next-line typescript/no-explicit-any -- as its declarations have it
      abstract get(sid: string, callback: (error: any, session?: SessionData | null) => void): void;
    }
    interface SessionOptions {
      readonly secret: string | string[];
      readonly store?: Store | undefined;
      readonly resave?: boolean | undefined;
      readonly saveUninitialized?: boolean | undefined;
    }
  }

  function session(options?: session.SessionOptions): RequestHandler;

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
