const TYPE = String.raw`"[\w[\]!]+"`;

/** As graphql-js words the error of a variable: its value follows, which may say anything. */
const INVALID_VARIABLE = /^(Variable "\$\w+") got invalid value /;
/** Behind the value: where in it. Values end in `"` only as text, whose own quotes are escaped; none looks like this. */
const PLACE = / at "(\w+(?:\.\w+|\[\d+\])+)"$/;
/** Reasons that hold no value. */
const PLAIN_REASON = new RegExp(
  `^(?:Field "\\w+" of required type ${TYPE} was not provided|Field "\\w+" is not defined by type "\\w+"` +
    `|Expected type "\\w+" to be an object|Expected non-nullable type ${TYPE} not to be null)\\.`,
);
/** What does hold one, in a reason or of a document, and what is left of it. */
const TELLING: readonly [RegExp, string][] = [
  [/^((?:Enum )?"?\w+"?) cannot represent .*$/s, '$1 cannot represent this value.'],
  [new RegExp(`^(Expected value of type ${TYPE}), found .*$`, 's'), '$1.'],
  [/^(Expected type "\w+")\. .*$/s, '$1.'],
  [/^Value ".*" does not exist in ("\w+" enum)\..*$/s, 'The value does not exist in $1.'],
  [/^(Argument "\w+") has invalid value .*$/s, '$1 is not valid.'],
  [/^(Syntax Error: .*?\b(?:String|BlockString|Int|Float)) ".*$/s, '$1.'],
];

/** A message of graphql-js without the value that it complains of, which may be a password or a token. */
export interface RevealedMessage {
  readonly message: string;
  /** The input field that is at fault, where that is known. */
  readonly field?: string;
}

/**
 * Cuts values out of what graphql-js says of variables and literals that do not fit their type; leaves the rest.
 *
 * @param reason the message of the error's `originalError`, with which what it says of a variable ends: to look for the
 * border between value and reason in the text would be to trust the value.
 */
export function revealNoValue(message: string, reason: string): RevealedMessage {
  const variable = INVALID_VARIABLE.exec(message)?.[1];
  if (variable === undefined) return { message: withoutValue(message) ?? message };

  const end = `; ${reason}`;
  const path = message.endsWith(end) ? PLACE.exec(message.slice(0, -end.length))?.[1] : undefined;
  const field = path === undefined ? undefined : /\.(\w+)(?:\[\d+\])*$/.exec(path)?.[1];
  const why = PLAIN_REASON.exec(reason)?.[0] ?? withoutValue(reason);
  return {
    message: [
      `${variable} is not valid`,
      path === undefined ? '' : ` at "${path}"`,
      why === undefined ? '.' : `: ${why}`,
    ].join(''),
    ...(field !== undefined && { field }),
  };
}

/** `undefined` where it is not known to hold a value. */
function withoutValue(text: string): string | undefined {
  const [pattern, plain] = TELLING.find(([telling]) => telling.test(text)) ?? [];
  return pattern && plain && text.replace(pattern, plain);
}
