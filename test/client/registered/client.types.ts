/**
 * Roles in the browser where an application has registered its own. Checked by `npm run typecheck`: nothing here has to
 * run.
 */
import { expectTypeOf } from 'expect-type';
import type { AuthClient, ClientSession } from 'latchkey/client';
import { requireAuth, RequireRole, useHasRole, type useSession } from 'latchkey/client/react';

declare module 'latchkey/client' {
  interface Register {
    role: RegisteredRole;
  }
}

type RegisteredRole = 'ADMIN' | 'MODERATOR' | 'EDITOR';

expectTypeOf<ClientSession['roles']>().toEqualTypeOf<readonly RegisteredRole[]>();
expectTypeOf<NonNullable<ReturnType<typeof useSession>>['roles']>().toEqualTypeOf<readonly RegisteredRole[]>();
expectTypeOf<Parameters<typeof RequireRole>[0]['anyOf']>().toEqualTypeOf<readonly RegisteredRole[]>();

/** Is never called: that it compiles is the test. */
export function isEditor(client: AuthClient): boolean {
  // @ts-expect-error -- there is no such role
  useHasRole('TYPO');
  // @ts-expect-error -- nor here
  client.hasRole('EDITOR', 'TYPO');
  // @ts-expect-error -- nor here
  void RequireRole({ anyOf: ['TYPO'] });
  // @ts-expect-error -- nor here
  requireAuth(client, { anyOf: ['TYPO'] });
  return useHasRole('EDITOR') && client.hasRole('ADMIN', 'EDITOR');
}
