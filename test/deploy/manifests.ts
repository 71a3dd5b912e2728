import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as a manifest has it. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
}

/** Every object in the YAML files of a folder. */
export function readManifests(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => ({
        file,
        ...(document.toJS() as Omit<Manifest, 'file'>),
      })),
    );
}

/** Where `kubernetes-types` has what an API version stands for. */
const moduleOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.replace('.k8s.io/', '/') : `core/${apiVersion}`;

const OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  types: [],
};

/**
 * Where objects do not fit the OpenAPI description of Kubernetes, a sentence each: misspelled or unknown fields, those
 * that are missing, values of another type. It is made types by `kubernetes-types`, and TypeScript checks them.
 */
export function findMisfits(manifests: readonly Manifest[]): string[] {
  const name = join(import.meta.dirname, 'manifests.generated.ts');
  const source = manifests
    .map((manifest, index) => {
      const type = `import('kubernetes-types/${moduleOf(manifest.apiVersion)}.js').${manifest.kind}`;
      const text = JSON.stringify({ ...manifest, file: undefined });
      return `export const manifest${index}: Required<Pick<${type}, 'apiVersion' | 'kind'>> & ${type} = ${text};`;
    })
    .join('\n');
  const host = ts.createCompilerHost(OPTIONS);
  const getSourceFile = host.getSourceFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => path === name || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === name ? ts.createSourceFile(path, source, ts.ScriptTarget.ESNext) : getSourceFile(path, ...rest);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], OPTIONS, host)).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? ts.getLineAndCharacterOfPosition(file, start).line : -1;
    return `${manifests[line]?.file ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
