import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import type { Html, Node, Parent, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import { visit } from 'unist-util-visit';

/** Where the repository is. */
export const ROOT = join(import.meta.dirname, '../../..');

/** A fenced block of code. */
export interface Block {
  /** Path of its document, from the root of the repository. */
  readonly document: string;
  /** Of its first line of code; the fence is above it. */
  readonly line: number;
  /** Empty where the fence has none. */
  readonly language: string;
  /** What stands behind the language, such as `file=server.ts`. */
  readonly words: Readonly<Record<string, string>>;
  readonly text: string;
  /** Lines that stand before those of the block, in a comment above it that readers do not see. */
  readonly given: Given | null;
}

export interface Given {
  readonly line: number;
  readonly text: string;
}

/** Text with the line that it begins at. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

export interface MarkdownDocument {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Of links and images, as written. */
  readonly links: readonly Piece[];
  readonly inlineCode: readonly Piece[];
  /** What a `#` may name. */
  readonly anchors: ReadonlySet<string>;
}

const GIVEN = /^<!-- given\n([^]*)\n-->$/;

/** Reads a document; its path is told with whatever is found wrong in it. */
export function parseDocument(path: string, text: string): MarkdownDocument {
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const links: Piece[] = [];
  const inlineCode: Piece[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  visit(tree, (node) => {
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') {
      links.push({ line: lineOf(node), text: node.url });
    }
    if (node.type === 'inlineCode') inlineCode.push({ line: lineOf(node), text: node.value });
    if (node.type === 'heading') anchors.add(slugger.slug(toString(node)));
    if (node.type === 'html')
      for (const [, id = ''] of node.value.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
  });
  return { path, blocks: blocksOf(path, tree), links, inlineCode, anchors };
}

function blocksOf(document: string, tree: Root): Block[] {
  const blocks: Block[] = [];
  visit(tree, 'code', (node, index, parent) => {
    const words = (node.meta ?? '').split(/\s+/).filter((word) => word !== '');
    blocks.push({
      ...{ document, line: lineOf(node) + 1, language: node.lang ?? '', text: node.value },
      words: Object.fromEntries(words.map((word) => [word.split('=', 1)[0] ?? '', word.replace(/^[^=]*=?/, '')])),
      given: givenOf(index === undefined ? undefined : before(parent, index)),
    });
  });
  return blocks;
}

const before = (parent: Parent | undefined, index: number): Node | undefined => parent?.children[index - 1];

function givenOf(node: Node | undefined): Given | null {
  const text = node?.type === 'html' ? GIVEN.exec((node as Html).value)?.[1] : undefined;
  return node === undefined || text === undefined ? null : { line: lineOf(node) + 1, text };
}

const lineOf = ({ position }: Node): number => position?.start.line ?? 1;

/** Where a reader finds documents. */
const FOLDERS = ['docs', 'deploy', 'examples'];

const listed: MarkdownDocument[] = [];

/** Every document of the repository. */
export function listDocuments(): readonly MarkdownDocument[] {
  if (listed.length > 0) return listed;
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const paths = [...readdirSync(ROOT), ...inFolders].filter((path) => path.endsWith('.md')).toSorted();
  listed.push(...paths.map((path) => parseDocument(path, readFileSync(join(ROOT, path), 'utf8'))));
  return listed;
}

/** A document of the repository by its path from the root. */
export const readDocument = (path: string): MarkdownDocument =>
  parseDocument(path, readFileSync(join(ROOT, path), 'utf8'));

/**
 * The lines of these pieces, each where it stands in its document and with nothing between them, so that whatever reads
 * them tells lines of the document.
 */
export function inPlace(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  for (const { line, text } of pieces) {
    while (lines.length < line - 1) lines.push('');
    lines.push(...text.split('\n'));
  }
  return `${lines.join('\n')}\n`;
}

/** The lines of a block, behind those that are given to it. */
export const piecesOf = ({ line, text, given }: Block): Piece[] => [...(given === null ? [] : [given]), { line, text }];

/** Where a block is, for people. */
export const placeOf = ({ document, line }: Pick<Block, 'document' | 'line'>): string => `${document}:${line}`;
