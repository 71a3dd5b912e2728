/** One `Set-Cookie`, taken apart. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** By lower-case name; an attribute without a value is `''`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The cookies that an answer sets, in order. */
export const readSetCookies = (headers: Headers): SetCookie[] =>
  headers.getSetCookie().map((line) => {
    const [[name = '', value = ''] = [], ...attributes] = line.split(';').map((part) => split(part.trim()));
    return {
      ...{ name, value },
      attributes: Object.fromEntries(attributes.map(([key = '', text = '']) => [key.toLowerCase(), text])),
    };
  });

function split(part: string): string[] {
  const at = part.indexOf('=');
  return at < 0 ? [part] : [part.slice(0, at), part.slice(at + 1)];
}
