/**
 * Where an application's own types are told to this package, by declaration merging. Holds `role`, the union of all
 * roles, once `latchkey/codegen` or somebody by hand has written it:
 *
 * ```ts
 * declare module 'latchkey' {
 *   interface Register {
 *     role: 'ADMIN' | 'MODERATOR' | 'EDITOR';
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- nothing but an interface can be merged with
export interface Register {}

/**
 * What a user may hold. Latchkey knows `ADMIN` and `MODERATOR`; applications add theirs, and where they are registered
 * this is the union of all, else any `string`.
 *
 * @see Register
 */
export type Role = Register extends { readonly role: infer Registered extends string } ? Registered : string;
