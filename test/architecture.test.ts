import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFolder, checkImports, listPackages, listSources } from './support/architecture.js';
import type { ImportTable } from './support/architecture.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const table = JSON.parse(read('test/architecture.json')) as ImportTable;

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** The places in a `node_modules` tree where a package is installed. */
function findCopies(name: string, modules: string): string[] {
  return readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path === `${name}/package.json` || path.endsWith(`/node_modules/${name}/package.json`));
}

/** Files with more lines than allowed; generated ones excepted. */
function findLongFiles(files: ReadonlyMap<string, string>, maxLines: number): string[] {
  return [...files]
    .filter(([name]) => name !== 'graphql/generated.ts')
    .filter(([, text]) => text.replace(/\n$/, '').split('\n').length > maxLines)
    .map(([name]) => name);
}

/** Addresses that a lock file resolves to, other than npm's own registry. */
function findForeignAddresses(lock: string): string[] {
  return [...lock.matchAll(/"resolved":\s*"([^"]*)"/g)]
    .map((match) => match[1] ?? '')
    .filter((address) => !address.startsWith('https://registry.npmjs.org/'));
}

/** Dependencies that a text does not name as `code`. */
function findUnnamed(dependencies: readonly string[], text: string): string[] {
  return dependencies.filter((name) => !text.includes(`\`${name}\``));
}

describe('who may import whom', () => {
  test('every file of src imports only what its folder may', () => {
    const folder = join(root, 'src');
    expect(listSources(folder).length).toBeGreaterThan(0);
    expect(checkFolder(folder, table)).toEqual([]);
  });

  test.each([
    ['domain/session.ts', `import { open } from '../stores/open.js';`],
    ['domain/session.ts', `import type { FastifyRequest } from 'fastify';`],
    ['domain/session.ts', `export { readFile } from 'node:fs/promises';`],
    ['domain/session.ts', `const os = await import('node:os');`],
    ['domain/session.ts', `export type Port = import('mongoose').Connection;`],
    ['stores/sqlite/client.ts', `import mongoose from 'mongoose';`],
    ['stores/open.ts', `import Database from 'libsql';`],
    ['graphql/session.ts', `import { cookies } from '../http/transport.js';`],
    ['graphql/directives/plan.ts', `import { createApp } from '../../app.js';`],
    ['http/server.ts', `import { config } from '../config.js';`],
    ['http/server.ts', `import '@fastify-not-really/cookie';`],
    ['config.ts', `import { createApp } from './app.js';`],
    ['client/core.ts', `import { jwtVerify } from 'jose';`],
    ['index.ts', `export { AdminPage } from './admin/page.js';`],
    ['helpers.ts', `export const answer = 42;`],
  ])('a breach in %s is found: %s', (file, text) => {
    expect(checkImports(file, text, table)).toHaveLength(1);
  });

  test.each([
    ['domain/session.ts', `import { createHash } from 'node:crypto'; import type { UserId } from './ids.js';`],
    ['stores/mongo/client.ts', `import mongoose from 'mongoose'; import { x } from '../../domain/ids.js';`],
    ['graphql/schema.ts', `import { ApolloServer } from '@apollo/server/errors'; import '@graphql-tools/schema';`],
    ['http/server.ts', `import cookie from '@fastify/cookie'; import type { X } from '../graphql/context.js';`],
  ])('what %s may import passes', (file, text) => {
    expect(checkImports(file, text, table)).toEqual([]);
  });
});

describe('the packages of src', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json')) as PackageFile;

  const texts = listSources(join(root, 'src')).map((name) => read(`src/${name}`));

  test('each is a dependency of the package, or an optional peer of an entry point of its own', () => {
    const sources = listSources(join(root, 'src'));
    const needed = (files: readonly string[]): string[] => files.flatMap((name) => listPackages(read(`src/${name}`)));
    const entryPoints = ['codegen', 'client/apollo', 'client/react', 'client/urql'];
    const isOfPeers = (name: string): boolean => entryPoints.some((folder) => name.startsWith(`${folder}/`));
    expect(needed(sources.filter((name) => !isOfPeers(name))).filter((name) => !(name in dependencies))).toEqual([]);
    const known = { ...dependencies, ...peerDependencies };
    expect(needed(sources.filter(isOfPeers)).filter((name) => !(name in known))).toEqual([]);
    expect(Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)).toEqual([]);
  });

  /** Of others of ours, in the newest versions that install on Node 20: theirs would choose newer ones. */
  const heldBack = ['@graphql-tools/merge', 'light-my-request'];

  test('there is no dependency that src does not name, but for those that are held back', () => {
    const isNamed = (name: string): boolean =>
      heldBack.includes(name) || texts.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`));
    expect(Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !isNamed(name))).toEqual([]);
  });

  test('packages are known by their names, whatever is imported of them', () => {
    const text = `import '@apollo/server/errors'; import type { X } from 'pino/file'; import 'node:fs'; import './x.js';`;
    expect(listPackages(text)).toEqual(['@apollo/server', 'pino']);
  });
});

describe('the shape of the repository', () => {
  test('one copy of graphql is installed', () => {
    expect(findCopies('graphql', join(root, 'node_modules'))).toEqual(['graphql/package.json']);
  });

  test('a second copy of a package would be found', () => {
    // jest itself brings several copies of this one.
    expect(findCopies('semver', join(root, 'node_modules')).length).toBeGreaterThan(1);
  });

  test('no file of src is longer than 300 lines', () => {
    const files = listSources(join(root, 'src')).map((name): [string, string] => [name, read(`src/${name}`)]);
    expect(findLongFiles(new Map(files), 300)).toEqual([]);
  });

  test('a file of 301 lines would be found; the generated one is excepted', () => {
    const files = new Map([
      ['domain/session.ts', 'x\n'.repeat(301)],
      ['domain/user.ts', 'x\n'.repeat(300)],
      ['graphql/generated.ts', 'x\n'.repeat(301)],
    ]);
    expect(findLongFiles(files, 300)).toEqual(['domain/session.ts']);
  });

  test('the lock file resolves to npm’s own registry alone', () => {
    expect(findForeignAddresses(read('package-lock.json'))).toEqual([]);
  });

  test('an address of another registry would be found', () => {
    const lock = `{ "a": { "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz" },
                    "b": { "resolved": "http://localhost:4873/b/-/b-1.0.0.tgz" } }`;
    expect(findForeignAddresses(lock)).toEqual(['http://localhost:4873/b/-/b-1.0.0.tgz']);
  });

  test('the README names every dependency', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as PackageFile;
    expect(findUnnamed(Object.keys({ ...dependencies, ...peerDependencies }), read('README.md'))).toEqual([]);
  });

  test('a dependency that the README leaves out would be found', () => {
    expect(findUnnamed(['jose', 'fastify'], 'Tokens by `jose`.')).toEqual(['fastify']);
  });
});
