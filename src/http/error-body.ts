import type { ErrorExtensions } from '../domain/errors.js';

/** An answer that holds nothing but a refusal, in the shape that GraphQL's have. */
export interface ErrorBody {
  readonly errors: readonly [
    { readonly message: string; readonly extensions: { readonly code: string } & ErrorExtensions },
  ];
}

export const errorBody = (code: string, message: string, extensions: ErrorExtensions = {}): ErrorBody => ({
  errors: [{ message, extensions: { code, ...extensions } }],
});
