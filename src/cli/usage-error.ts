/** A command that is not there, or not used so. Exit code 64 in the program. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
