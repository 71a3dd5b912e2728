import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Application, LogLevel, type DeclarationReflection, type ProjectReflection } from 'typedoc';
import { head } from './markdown.js';

const ROOT = join(import.meta.dirname, '../..');

const OPTIONS = {
  plugin: ['typedoc-plugin-markdown'],
  tsconfig: join(ROOT, 'tsconfig.json'),
  readme: 'none',
  logLevel: LogLevel.Error,
  // `npm run typecheck` does that.
  skipErrorChecking: true,
  ...{ excludeExternals: true, excludeInternal: true, excludePrivate: true, disableSources: true },
  ...{ sort: ['alphabetical' as const], sortEntryPoints: false },
  groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', '*'],
};

/** Of the plugin, which typedoc does not know. */
const FORMAT = {
  ...{ outputFileStrategy: 'modules', hideBreadcrumbs: true, hidePageHeader: true, hidePageTitle: true },
  ...{ parametersFormat: 'table', interfacePropertiesFormat: 'table', classPropertiesFormat: 'table' },
  ...{ typeAliasPropertiesFormat: 'table', propertyMembersFormat: 'table', typeDeclarationFormat: 'table' },
  ...{
    expandObjects: true,
    useHTMLEncodedBrackets: false,
    tableColumnSettings: { hideOverrides: true, hideInherited: true, hideModifiers: true },
  },
};

/** The name of each entry point, with its source, as `package.json` says. */
function entryPoints(): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly types?: string }>>;
  };
  const found = Object.entries(exports).flatMap(([name, { types }]): [string, string][] =>
    types === undefined ? [] : [[name.replace(/^\./, 'latchkey'), types.replace(/^\.\/dist(.*)\.d\.ts$/, 'src$1.ts')]],
  );
  return new Map(found);
}

/** `latchkey/client/react` is told in `client-react.md`. */
const pageOf = (name: string): string =>
  `${name === 'latchkey' ? 'library' : name.replace(/^latchkey\//, '').replaceAll('/', '-')}.md`;

/** What the package exports, an entry point a page, from its docstrings. */
export async function libraryPages(): Promise<[string, string][]> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-reference-'));
  try {
    const entries = entryPoints();
    const application = await Application.bootstrapWithPlugins({
      ...{ ...OPTIONS, ...FORMAT },
      ...{ entryPoints: [...entries.values()].map((path) => join(ROOT, path)), out: folder },
    });
    const project = await application.convert();
    if (project === undefined) throw new Error('The package could not be read.');
    const names = [...entries.keys()];
    for (const [index, module] of (project.children ?? []).entries()) module.name = names[index] ?? module.name;
    assertDocumented(project);
    await application.generateOutputs(project);
    return names.map((name) => [pageOf(name), finish(name, readFileSync(join(folder, `${name}.md`), 'utf8'))]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whatever is exported says what it is, and so does whatever is in a class or interface. */
function assertDocumented(project: ProjectReflection): void {
  const modules = project.children ?? [];
  const bare = modules.flatMap((module) =>
    (module.children ?? []).flatMap((exported) => [
      ...(isDocumented(exported) ? [] : [`${module.name}: ${exported.name}`]),
      ...(exported.children ?? [])
        .filter((member) => !isDocumented(member))
        .map((member) => `${module.name}: ${exported.name}.${member.name}`),
    ]),
  );
  if (bare.length > 0) throw new Error(`No docstring:\n${bare.join('\n')}`);
}

const isDocumented = ({ comment, signatures = [], variant, name }: DeclarationReflection): boolean =>
  variant === ('reference' as string) ||
  name === 'constructor' ||
  comment?.hasVisibleComponent() === true ||
  signatures.some((signature) => signature.comment?.hasVisibleComponent());

/** Names the page, and leads its links to the pages as they are called here. */
function finish(name: string, text: string): string {
  const linked = text.replaceAll(/\]\(((?:\.\.?\/)*[\w/-]+)\.md(#[^)]*)?\)/g, (_link, path: string, anchor = '') => {
    const target = posix.join(posix.dirname(name), path);
    return `](${pageOf(target)}${anchor})`;
  });
  return `${head(name, 'the docstrings of `src`')}\n\n${linked}`;
}
