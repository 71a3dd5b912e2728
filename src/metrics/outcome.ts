import { AuthError } from '../domain/errors.js';

/** How a call ended: `ok`, or the code that it was refused with, of which there are as many as `ErrorCode` names. */
export const outcomeOf = (error: unknown): string =>
  error instanceof AuthError ? error.code : 'INTERNAL_SERVER_ERROR';

/** Tells of the outcome of each call, and changes nothing about it. */
export function told<Given extends unknown[], Result>(
  act: (...given: Given) => Promise<Result>,
  tell: (outcome: string) => void,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    try {
      const result = await act(...given);
      tell('ok');
      return result;
    } catch (error) {
      tell(outcomeOf(error));
      throw error;
    }
  };
}
