/** Roles where no application has registered its own: any name will do. Checked by `npm run typecheck`. */
import { expectTypeOf } from 'expect-type';
import type { AuthClient, ClientSession, Register, Role } from 'latchkey/client';

expectTypeOf<keyof Register>().toEqualTypeOf<never>();
expectTypeOf<Role>().toEqualTypeOf<string>();
expectTypeOf<ClientSession['roles']>().toEqualTypeOf<readonly string[]>();

/** Is never called: that it compiles is the test. */
export const isAnybody = (client: AuthClient): boolean => client.hasRole('ADMIN', 'ANYBODY');
