import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inPlace, piecesOf, ROOT, type Block, type Piece } from './documents.js';
import { FOREIGN_PACKAGES } from './kinds.js';

/** Where shell blocks are run, and on what. */
export interface ShellOptions {
  /** Empty; the blocks run in a folder of it. */
  readonly folder: string;
  /** The compiled program: a folder as the package has it. */
  readonly program: string;
  /** What `linkPackages` has made. */
  readonly modules: string;
  /** What `mongodb://localhost:27017/…` stands for; `null` where there is none: such blocks are left out. */
  readonly mongoUrl: string | null;
}

export interface ShellOutcome {
  readonly code: number;
  readonly output: string;
  /** What the servers of the document have logged as errors. */
  readonly logged: readonly string[];
}

/** Ports that documents name, each with a free one in its place. */
const PORTS = ['4000', '4001'];

/**
 * Runs the shell blocks of a document, one behind the other in one shell. Servers go on in the background; what is left
 * of them is ended at last.
 */
export async function runShell(blocks: readonly Block[], options: ShellOptions): Promise<ShellOutcome> {
  const { folder, program, modules, mongoUrl } = options;
  const [bin, home, state] = ['bin', 'home', 'state'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [bin, home, state]) mkdirSync(path, { recursive: true });
  const ports = await Promise.all(PORTS.map(freePort));
  for (const [name, text] of Object.entries(COMMANDS)) writeCommand(join(bin, name), text);
  symlinkSync(modules, join(home, 'node_modules'));
  const files = blocks.filter(({ words }) => words['file'] !== undefined);
  for (const [index, { text }] of files.entries()) writeFileSync(join(state, `${index}`), `${text}\n`);
  const pieces = blocks
    .filter(({ words }) => words['needs'] === undefined || (words['needs'] === 'mongodb' && mongoUrl !== null))
    .flatMap((block) =>
      block.words['file'] === undefined ? piecesOf(block) : writePiece(block, files.indexOf(block)),
    );
  const script = PORTS.reduce(
    (text, port, index) => text.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), String(ports[index])),
    inPlace([PRELUDE, ...pieces]),
  )
    .replaceAll(/(['"])the set-up code that the server printed\1/g, '"$(cat "$DOCUMENT_STATE/set-up-code")"')
    .replaceAll(/mongodb:\/\/localhost:27017\/[\w?=&-]*/g, mongoUrl ?? '');
  writeFileSync(join(state, 'script'), script);
  const { packages, scripts } = ofPackage();
  const environment = {
    ...{ PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home, LANG: 'C.UTF-8' },
    ...{ DOCUMENT_STATE: state, DOCUMENT_ROOT: ROOT, DOCUMENT_PORT: String(ports[0]) },
    ...{ DOCUMENT_PROGRAM: join(program, 'dist/main.js'), DOCUMENT_NODE: process.execPath },
    ...{ DOCUMENT_PACKAGES: ` ${packages.join(' ')} `, DOCUMENT_SCRIPTS: ` ${scripts.join(' ')} ` },
  };
  try {
    return await run(join(state, 'script'), { cwd: home, environment, state });
  } finally {
    await endServers(state);
  }
}

/** Stops at the first command that fails, and tells its line, which is that of the document. */
const PRELUDE: Piece = {
  line: 1,
  text: `set -Eeuo pipefail; trap 'echo "line $LINENO: $BASH_COMMAND"' ERR; stop_server() { document-server stop; }`,
};

const writePiece = ({ line, words }: Block, index: number): Piece[] => [
  { line, text: `mkdir -p "$(dirname '${words['file']}')"; cp "$DOCUMENT_STATE/${index}" '${words['file']}'` },
];

/** Starts `document-server PORT COMMAND…` in the background, in place of the one there was, and waits until it listens. */
const SERVER = `
port="\${PORT:-$DOCUMENT_PORT}"
pid_file="$DOCUMENT_STATE/$port.pid"
log="$DOCUMENT_STATE/$port.log"
if [[ -f "$pid_file" ]]; then
  pid="$(cat "$pid_file")"
  kill -TERM "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm "$pid_file"
fi
if [[ "$1" == stop ]]; then exit 0; fi
: >"$log.out"
PORT="$port" setsid "$@" >"$log.out" 2>>"$log" </dev/null &
pid=$!
echo "$pid" >"$pid_file"
printed=''
until [[ "$printed" == *'latchkey ready at'* ]] || { true <"/dev/tcp/localhost/$port"; } 2>/dev/null; do
  if ! kill -0 "$pid" 2>/dev/null; then cat "$log" >&2; exit 1; fi
  sleep 0.1
  read -r printed <"$log.out" || true
done
cat "$log.out"
sed -n 's/^latchkey set-up code: //p' "$log" | tail -1 >"$DOCUMENT_STATE/set-up-code"
`;

/** Stand-ins of what would need the network, or never return. */
const COMMANDS = {
  'document-server': SERVER,
  latchkey: `
if (($# == 0)) || [[ "$1" == serve ]]; then exec document-server "$DOCUMENT_NODE" "$DOCUMENT_PROGRAM" "$@"; fi
if [[ "\${1-} \${2-}" == 'user create' && ! -p /dev/stdin ]]; then exec "$DOCUMENT_NODE" "$DOCUMENT_PROGRAM" "$@" <<<'correct horse battery'; fi
exec "$DOCUMENT_NODE" "$DOCUMENT_PROGRAM" "$@"`,
  npx: `
case "$1" in
  latchkey) shift; exec latchkey "$@" ;;
  tsx) exec document-server "$DOCUMENT_NODE" --import "$DOCUMENT_ROOT/node_modules/tsx/dist/esm/index.mjs" "\${@:2}" ;;
esac
echo "npx $1: nothing that the tests of documents know" >&2
exit 1`,
  npm: `
has() { [[ "$1" == *" $2 "* ]] || { echo "npm: $2 is nothing of package.json" >&2; exit 1; }; }
case "$1" in
  ci) ;;
  start) exec latchkey serve ;;
  run) has "$DOCUMENT_SCRIPTS" "$2" ;;
  install) for word in "\${@:2}"; do if [[ "$word" != -* ]]; then has "$DOCUMENT_PACKAGES" "$word"; fi; done ;;
  test)
    shift
    while (($# > 0)); do
      case "$1" in
        -t) shift ;;
        -*) ;;
        *) if [[ ! -e "$DOCUMENT_ROOT/$1" ]]; then echo "npm test: there is no $1" >&2; exit 1; fi ;;
      esac
      shift
    done
    ;;
  *) echo "npm $1: nothing that the tests of documents know" >&2; exit 1 ;;
esac`,
  docker: `echo 'docker: say needs=docker' >&2; exit 1`,
  kubectl: `echo 'kubectl: say needs=kubernetes' >&2; exit 1`,
  git: `if [[ "$1" == clone ]]; then mkdir -p "$(basename "\${@: -1}" .git)"; fi`,
};

function writeCommand(path: string, text: string): void {
  writeFileSync(path, `#!/usr/bin/env bash\nset -euo pipefail\n${text}\n`);
  chmodSync(path, 0o755);
}

/** Makes a folder of the repository's packages, with ours among them as whoever installs it has it. */
export function linkPackages(modules: string, program: string): void {
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  symlinkSync(program, join(modules, 'latchkey'));
}

/** What can be installed, and which scripts there are. */
function ofPackage(): { readonly packages: readonly string[]; readonly scripts: readonly string[] } {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { scripts, ...file } = JSON.parse(text) as Record<string, Record<string, string>>;
  const { dependencies, devDependencies, peerDependencies } = file;
  const packages = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
  return { packages: ['latchkey', ...packages, ...FOREIGN_PACKAGES], scripts: Object.keys(scripts ?? {}) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface RunOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly state: string;
}

async function run(script: string, { cwd, environment, state }: RunOptions): Promise<ShellOutcome> {
  const child = spawn('bash', [script], { cwd, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const logged = readdirSync(state)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(join(state, name), 'utf8').split('\n'))
    .filter((line) => /"level":[56]0/.test(line));
  return { code: code ?? 1, output, logged };
}

async function endServers(state: string): Promise<void> {
  for (const name of readdirSync(state).filter((file) => file.endsWith('.pid'))) {
    const pid = Number(readFileSync(join(state, name), 'utf8'));
    const isThere = (): boolean => existsSync(`/proc/${pid}`);
    if (isThere()) process.kill(pid, 'SIGKILL');
    while (isThere()) await new Promise((done) => setTimeout(done, 10));
  }
}
