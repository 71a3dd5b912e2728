/** Enough of them to know which letter follows which. */
const WORDS =
  `the and that have for not with you this but his from they say her she will one all would there their what out
about who get which when make can like time just him know take people into year your good some could them see other than
then now look only come its over think also back after use two how our work first well way even new want because any these
give day most us great where through much before right mean old same tell boy follow came show around form three small set
put end does another large must big such turn here why ask went men read need land different home move try kind hand picture
again change off play spell air away animal house point page letter mother answer found study still learn should america
world high every near add food between own below country plant last school father keep tree never start city earth eye light
thought head under story saw left few while along might close something seem next hard open example begin life always those
both paper together got group often run important until children side feet car mile night walk white sea began grow took
river four carry state once book hear stop without second later miss idea enough eat face watch far really almost let above
girl sometimes mountain cut young talk soon list song being leave family secret password token server session admin secure
production company summer winter spring autumn love dragon monkey master hunter horse battery staple correct quick brown fox
jumps lazy dog please strong random nobody guess anybody website database private public access manager welcome computer
internet system security service account application project team office`
    .split(/\s+/)
    .map((word) => ` ${word}`);

/** What stands between words. */
export const SEPARATORS = ' -_.';

const LETTERS = 26;
/** Of what the words above do not have. */
const UNSEEN = 0.3;

/** How often each letter stands behind another; behind a blank: at the beginning of a word. */
function countPairs(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of WORDS) {
    for (let at = 1; at < word.length; at += 1) {
      for (const key of [word.slice(at - 1, at + 1), word.charAt(at - 1)]) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

const PAIRS = countPairs();

const countOf = (letters: string): number => PAIRS.get(letters) ?? 0;

/** How probable a letter is in a word behind another, both in lower case; `''`: behind none. All 26 add up to one. */
export function lettersAfter(before: string, letter: string): number {
  const first = before === '' ? ' ' : before;
  const isNext = (countOf(`${first}${letter}`) + UNSEEN) / (countOf(first) + UNSEEN * LETTERS);
  if (first === ' ') return isNext;
  // Words may follow each other without anything between them.
  const isFirst = (countOf(` ${letter}`) + UNSEEN) / (WORDS.length + UNSEEN * LETTERS);
  return 0.8 * isNext + 0.2 * isFirst;
}

const FIGURES: Readonly<Record<string, string>> = { a: '4@', e: '3', i: '1!', o: '0', s: '5$', t: '7' };

/** A letter, and how it is written. */
export interface ReadLetter {
  /** In lower case. */
  readonly letter: string;
  readonly form: 'lower' | 'upper' | 'figure';
  /** How many figures stand for it. */
  readonly figures: number;
}

/** The letter that a character is, or stands for, as 3 for e; `null`: none. */
export function readLetter(character: string): ReadLetter | null {
  const lower = character.toLowerCase();
  if (/^[a-z]$/.test(lower)) {
    const figures = FIGURES[lower]?.length ?? 0;
    return { letter: lower, form: character === lower ? 'lower' : 'upper', figures };
  }
  const [letter, figures] =
    Object.entries(FIGURES).find(([, all]) => character !== '' && all.includes(character)) ?? [];
  return letter === undefined ? null : { letter, form: 'figure', figures: figures?.length ?? 1 };
}
