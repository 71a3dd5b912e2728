import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop, type Metafile } from 'esbuild';

/** What loads machine code stays a package. */
const NATIVE = ['libsql', '@node-rs/*'];

/** Bundled CommonJS asks for Node's own modules by `require`, which an ES module has not. */
const REQUIRE = [
  "import { createRequire as createRequireOfBundle } from 'node:module';",
  'const require = createRequireOfBundle(import.meta.url);',
].join('');

/**
 * Makes the command line program of `src/main.ts`, and the one that copies a database: more than a thousand modules in a few dozen files, of which each
 * command reads what it needs. It starts in half the time, and an image needs no package beside it but the native ones.
 * The library is not bundled: its users' graphql is to be the same as ours.
 *
 * @param folder where `main.js` comes to lie, beside `../schema`
 */
export async function bundleProgram(folder: string): Promise<void> {
  const metafile = await bundle(['src/main.ts', 'src/sqlite-copy.ts'], folder);
  writeFileSync(join(folder, 'program', 'LICENSES.txt'), licencesOf(metafile));
}

/** Bundles programs with the packages that they need, but for the native ones. */
export async function bundle(entryPoints: readonly string[], folder: string): Promise<Metafile> {
  // What is there stays: a program that runs may have more of it to read.
  const { metafile } = await build({
    entryPoints: [...entryPoints],
    outdir: folder,
    // As deep as modules are in `src`: the schema is looked for from there.
    chunkNames: 'program/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Of graphql and others, the modules that call each other without a detour.
    mainFields: ['module', 'main'],
    external: NATIVE,
    banner: { js: REQUIRE },
    minifyWhitespace: true,
    // An error that nobody catches shows its line.
    lineLimit: 160,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
  });
  await stop();
  return metafile;
}

/** The licences of the packages in it, which go where it goes. */
function licencesOf({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].sort().map(licenceOf).join('\n\n');
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  const texts = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice)\b/i.test(file));
  return [`${name} ${version}: ${license}`, ...texts.map((file) => readFileSync(join(folder, file), 'utf8'))].join(
    '\n',
  );
}

if (process.argv[1] === import.meta.filename) await bundleProgram('dist');
