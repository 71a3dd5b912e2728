/** Roles where no application has registered its own: any name will do. Checked by `npm run typecheck`. */
import { expectTypeOf } from 'expect-type';
import { requireSession, type Auth, type Principal, type Register, type Role } from 'latchkey';

expectTypeOf<keyof Register>().toEqualTypeOf<never>();
expectTypeOf<Role>().toEqualTypeOf<string>();
expectTypeOf<Principal['roles']>().toEqualTypeOf<readonly string[]>();
expectTypeOf<Parameters<Auth['users']['grantRole']>[2]>().toEqualTypeOf<string>();
expectTypeOf(requireSession).toBeCallableWith({ anyOf: ['ADMIN', 'ANYBODY'] });
