/**
 * What do guards cost over HTTP? A list of 200 rows with five fields, three of them protected, each by another directive,
 * that an application on the library answers; beside the same application without directives. Both servers run at once on
 * one core and are asked in turns, by an administrator with a valid access token.
 *
 *     npx tsx bench/guarded-lists.ts [--seconds=4] [--rounds=7] [--json]
 */
import { leaveServerCore } from './support/cores.js';
import { askGraphql } from './support/graphql.js';
import { loadHttp, type HttpLoad } from './support/http-load.js';
import { median, printResults } from './support/in-process.js';
import { startOnLatchkey, type Latchkey } from './support/latchkey.js';
import { numberOption } from './support/options.js';
import { bundleServer } from './support/programs.js';
import { askOnce, type Question } from './support/question.js';

const SECONDS = numberOption('seconds', 4);
const ROUNDS = numberOption('rounds', 7);
const ROWS = 200;
const QUERY = '{ orders { id customerId total note address } }';

interface Order {
  readonly customerId: string;
  readonly total: number | null;
  readonly note: string | null;
  readonly address: string | null;
}

interface Contestant {
  readonly server: Latchkey;
  readonly question: Question;
  readonly expected: string;
  readonly rounds: HttpLoad[];
}

/** Who all of the rows are of, where none lacks anything. */
function idIn(answer: string): string | undefined {
  const { data } = JSON.parse(answer) as { readonly data: { readonly orders: readonly Order[] } };
  const ids = new Set(data.orders.map(({ customerId }) => customerId));
  const isWhole = data.orders.every(({ total, note, address }) => total !== null && note !== null && address !== null);
  return ids.size === 1 && isWhole && data.orders.length === ROWS ? [...ids][0] : undefined;
}

const program = await bundleServer('order-list');
const servers: Latchkey[] = [];

async function start(kind: 'guarded' | 'open'): Promise<Contestant> {
  const server = await startOnLatchkey([program.path, kind]);
  servers.push(server);
  const { viewer } = await askGraphql<{ readonly viewer: { readonly id: string } }>(server.origin, {
    query: '{ viewer { id } }',
    accessToken: server.accessToken,
  });
  const question = {
    ...{ query: QUERY, userId: viewer.id, idIn },
    headers: { authorization: `Bearer ${server.accessToken}` },
  };
  return { server, question, expected: await askOnce(server, question), rounds: [] };
}

/** Throws unless a stranger is refused each of the protected fields, or none. */
async function checkStranger({ server }: Contestant, isGuarded: boolean): Promise<void> {
  const response = await fetch(`${server.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  const { data, errors = [] } = (await response.json()) as {
    readonly data: { readonly orders: readonly Order[] };
    readonly errors?: readonly unknown[];
  };
  const shown = data.orders
    .flatMap(({ total, note, address }) => [total, note, address])
    .filter((each) => each !== null);
  const isRight = isGuarded ? shown.length === 0 && errors.length === 3 * ROWS : shown.length === 3 * ROWS;
  if (!isRight) throw new Error(`a stranger is told ${shown.length} fields, with ${errors.length} errors`);
}

async function ask(contestant: Contestant): Promise<HttpLoad> {
  const { server, question, expected } = contestant;
  return loadHttp({ ...question, server, expected, seconds: SECONDS });
}

const medianOf = ({ rounds }: Contestant, name: keyof HttpLoad): number => median(rounds.map((load) => load[name]));

const figuresOf = (contestant: Contestant): Record<string, number> => ({
  requestsPerSecond: medianOf(contestant, 'requestsPerSecond'),
  cpuMicroseconds: medianOf(contestant, 'cpuMicrosecondsPerRequest'),
});

try {
  const guarded = await start('guarded');
  const open = await start('open');
  if (guarded.expected.replaceAll(guarded.question.userId, open.question.userId) !== open.expected) {
    throw new Error('the two do not answer the same');
  }
  await checkStranger(guarded, true);
  await checkStranger(open, false);
  leaveServerCore();
  // The first round warms them up. They go first in turns.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const contestant of round % 2 === 0 ? [guarded, open] : [open, guarded]) {
      const load = await ask(contestant);
      if (round > 0) contestant.rounds.push(load);
    }
  }
  /** Of each round, so that what else the machine does meets both alike. */
  const ratioOf = (name: keyof HttpLoad): number =>
    median(guarded.rounds.map((load, round) => load[name] / (open.rounds[round]?.[name] ?? NaN)));
  printResults({
    'three guards a row': {
      ...figuresOf(guarded),
      ratio: ratioOf('requestsPerSecond'),
      cpuRatio: ratioOf('cpuMicrosecondsPerRequest'),
    },
    'without directives': figuresOf(open),
  });
} finally {
  for (const server of servers) await server.stop();
  program.remove();
}
