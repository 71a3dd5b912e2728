/** As graphql-js words the error of a variable: its value follows, which may say anything. */
const INVALID_VARIABLE = /^Variable "\$\w+" got invalid value /;
/** Behind the value: where in it. A quote inside of a value is escaped, so that none can pretend to be this. */
const PLACE = / at "(\w+(?:\.\w+|\[\d+\])*)"; /;
/** Reasons that hold no value, and what of the others does not. */
const PLAIN_REASON =
  /; ((?:Field "\w+" of required type "[\w[\]!]+" was not provided|Field "\w+" is not defined by type "\w+"|Expected type "[\w[\]!]+" to be an object|Expected non-nullable type "[\w[\]!]+" not to be null)\.)[^;]*$/;
const LITERALS: readonly [RegExp, string][] = [
  [/^((?:Enum )?"?\w+"?) cannot represent .*$/s, '$1 cannot represent this value.'],
  [/^(Expected value of type "[\w[\]!]+"), found .*$/s, '$1.'],
  [/^Value ".*" does not exist in ("\w+" enum)\..*$/s, 'The value does not exist in $1.'],
];

/** A message of graphql-js without the value that it complains of, which may be a password or a token. */
export interface RevealedMessage {
  readonly message: string;
  /** The input field that is at fault, where that is known. */
  readonly field?: string;
}

/** Cuts values out of what graphql-js says of variables and literals that do not fit their type; leaves the rest. */
export function revealNoValue(message: string): RevealedMessage {
  const [start] = INVALID_VARIABLE.exec(message) ?? [];
  if (start === undefined) {
    return { message: LITERALS.reduce((text, [pattern, plain]) => text.replace(pattern, plain), message) };
  }
  const path = PLACE.exec(message)?.[1];
  const field = path?.split('.').at(-1)?.replace(/\[.*/, '');
  const reason = PLAIN_REASON.exec(message)?.[1];
  return {
    message: [
      start.replace(' got invalid value ', ' is not valid'),
      path === undefined ? '' : ` at "${path}"`,
      reason === undefined ? '.' : `: ${reason}`,
    ].join(''),
    ...(field !== undefined && { field }),
  };
}
