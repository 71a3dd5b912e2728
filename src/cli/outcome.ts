/** What a command comes to: what to print, and how to exit. */
export interface CommandOutcome {
  readonly text: string;
  /** 1: part of it could not be done, or a check failed. 69, 78: a check could not go on, as in sysexits.h. */
  readonly exitCode: 0 | 1 | 69 | 78;
}

/** One line of JSON. */
export const toJson = (value: unknown): string => `${JSON.stringify(value)}\n`;
