/** What was looked at, for whoever reads the list. */
export type Area =
  | 'configuration'
  | 'secrets'
  | 'cookies'
  | 'proxies'
  | 'mail'
  | 'store'
  | 'indexes'
  | 'clock'
  | 'keys';

/** What one look came to. `error`: to be mended; `warning`: to be known. */
export type Finding =
  | { readonly level: 'ok'; readonly area: Area; readonly message: string }
  | {
      readonly level: 'warning' | 'error';
      readonly area: Area;
      /** The same in every version, for programs. */
      readonly code: string;
      readonly message: string;
      /** What to do about it. */
      readonly cure: string;
    };

/** One that is there where `isSo`, else none. */
export const findingIf = (isSo: boolean, finding: Finding): Finding[] => (isSo ? [finding] : []);

/** These, or where there are none that all is well. */
export const orWell = (findings: readonly Finding[], area: Area, message: string): Finding[] =>
  findings.length > 0 ? [...findings] : [{ level: 'ok', area, message }];
