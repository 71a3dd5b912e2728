import type { ServerProcess } from './server-process.js';

/** Who is signed in, by the headers of somebody who is. */
export interface Question {
  /** `/graphql` unless said otherwise. */
  readonly path?: string;
  /** What is posted; without one, the path is asked by GET. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly userId: string;
  /** Whose an answer is. */
  readonly idIn: (answer: string) => string | undefined;
}

/** Asks it once, and answers what is said, which has to be of the user who asks. */
export async function askOnce({ origin }: ServerProcess, question: Question): Promise<string> {
  const answer = await answerOf(origin, question);
  if (question.idIn(answer) !== question.userId) throw new Error(`this is not the user's: ${answer}`);
  return answer;
}

/** Throws where a stranger, who has none of the headers, is told the same. */
export async function refuseStranger({ origin }: ServerProcess, question: Question): Promise<void> {
  const answer = await answerOf(origin, { ...question, headers: {} });
  if (answer.includes(question.userId)) throw new Error(`anybody is told this: ${answer}`);
}

async function answerOf(origin: string, { path = '/graphql', query, headers }: Question): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const posted = query === undefined ? { headers } : { ...init, body: JSON.stringify({ query }) };
  const response = await fetch(`${origin}${path}`, posted);
  return response.text();
}
