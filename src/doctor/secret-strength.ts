import { lettersAfter, readLetter, SEPARATORS } from './letters.js';

/**
 * How many bits shorter than letter by letter the text can be told: as repetition, as a sequence, or as words. For what is
 * random it is some bits more than zero at most.
 *
 * A text is told by guesses of its next character, which share their weight by how well they did so far. As the
 * probabilities of a guess add up to one, random text of the same alphabet is told `n` bits shorter by a chance of 1 in
 * 2^n, whatever the guesses are: no list of weak secrets could say that of itself.
 *
 * @see https://en.wikipedia.org/wiki/Kraft%E2%80%93McMillan_inequality
 */
export function bitsTold(given: string): number {
  // The padding of base64 is no choice.
  const text = given.replace(/=+$/, '');
  const size = alphabetSize(text);
  let weights = GUESSES.map(() => 1 / GUESSES.length);
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const past = text.slice(0, at);
    const next = text.charAt(at);
    const likely = GUESSES.map((guess) => guess(past, next, size));
    const sum = likely.reduce((total, each, index) => total + each * (weights[index] ?? 0), 0);
    bits += Math.log2(size) + Math.log2(sum);
    weights = weights.map(
      (weight, index) =>
        (1 - CHANGE_OF_MIND) * ((weight * (likely[index] ?? 0)) / sum) + CHANGE_OF_MIND / GUESSES.length,
    );
  }
  return bits;
}

/** Of random secrets, one in a million at most is told so much shorter; the most of 500,000 that were tried was 16 bits. */
const MOST_BITS = 20;

/** Whether hardly any random secret looks so. */
export const isGuessable = (secret: string): boolean => bitsTold(secret) > MOST_BITS;

/** How many characters there are in what secrets are written in: hexadecimal, base32, base64 of either kind, or print. */
function alphabetSize(text: string): number {
  if (/^([0-9a-f]+|[0-9A-F]+)$/.test(text)) return 16;
  if (/^[A-Z2-7]+$/.test(text)) return 32;
  return /^([\w-]+|[A-Za-z0-9+/]+)$/.test(text) ? 64 : 95;
}

/** How probable the next character is behind those before it. All of an alphabet of this size add up to one at most. */
type Guess = (past: string, next: string, size: number) => number;

/** How much of a guess's weight is shared out again at each character: a secret may begin so and go on otherwise. */
const CHANGE_OF_MIND = 0.03;
/** How sure a guess is that names its character. */
const SURE = 0.9;

const sureOf = (named: readonly string[], next: string, size: number): number =>
  (named.includes(next) ? SURE / named.length : 0) + (named.length === 0 ? 1 : 1 - SURE) / size;

const anything: Guess = (_past, _next, size) => 1 / size;

/** What came often comes again. */
const often: Guess = (past, next, size) => {
  const count = past.split(next).length - 1;
  return (count + OFTEN_PRIOR) / (past.length + OFTEN_PRIOR * size);
};
const OFTEN_PRIOR = 0.2;

/** What followed the last time that these characters stood here; in either case. */
const again: Guess = (past, next, size) => {
  const lower = past.toLowerCase();
  for (let length = Math.min(MOST_BEFORE, past.length); length >= 2; length -= 1) {
    const start = lower.lastIndexOf(lower.slice(-length), past.length - length - 1);
    if (start >= 0 && start + length < past.length) return sureOf(bothCases(past.charAt(start + length)), next, size);
  }
  return 1 / size;
};
const MOST_BEFORE = 8;

/** As the two before it: aaa, 123, fed. */
const inStep: Guess = (past, next, size) => {
  const last = past.charCodeAt(past.length - 1);
  const step = last - past.charCodeAt(past.length - 2);
  const named = Math.abs(step) <= 2 ? [String.fromCharCode(last + step)] : [];
  return sureOf(named, next, size);
};

/** As the fingers lie on a keyboard. */
const beside: Guess = (past, next, size) => {
  const last = past.slice(-1).toLowerCase();
  const row = last === '' ? undefined : ROWS.find((keys) => keys.includes(last));
  const at = row?.indexOf(last) ?? 0;
  const keys = row === undefined ? [] : [row.charAt(at + 1), row.charAt(at - 1)].filter((key) => key !== '');
  return sureOf(keys.flatMap(bothCases), next, size);
};
const ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

const bothCases = (character: string): string[] => [...new Set([character.toLowerCase(), character.toUpperCase()])];

/** As words are spelled, in either case, with figures for letters, and what stands between words. */
const words: Guess = (past, next, size) => {
  const before = readLetter(past.slice(-1));
  const read = readLetter(next);
  const separated = SEPARATORS.includes(next) ? SEPARATING / SEPARATORS.length : 0;
  const spelled =
    read === null ? 0 : SPELLING * lettersAfter(before?.letter ?? '', read.letter) * formOf(read, before?.form);
  return separated + spelled + (1 - SEPARATING - SPELLING) / size;
};
const SEPARATING = 0.1;
const SPELLING = 0.88;

/** In what form a letter stands, behind one in that form. Those of a letter add up to one at most. */
function formOf({ form, figures }: NonNullable<ReturnType<typeof readLetter>>, before: string | undefined): number {
  if (form === 'figure') return 0.1 / figures;
  return form === (before === 'upper' ? 'upper' : 'lower') ? 0.75 : 0.15;
}

const GUESSES: readonly Guess[] = [anything, often, again, inStep, beside, words];
