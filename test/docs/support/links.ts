import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseDocument, ROOT, type MarkdownDocument } from './documents.js';

/** Links of a document that lead to nothing in the repository. Those to elsewhere are not asked for. */
export function linkFaults(document: MarkdownDocument): string[] {
  const { path, links } = document;
  return links.flatMap(({ line, text }) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return [];
    const fault = faultOf(document, text);
    return fault === null ? [] : [`${path}:${line}: ${text}: ${fault}`];
  });
}

function faultOf(from: MarkdownDocument, link: string): string | null {
  const [file = '', anchor] = decodeURI(link).split('#');
  const target = join(ROOT, dirname(from.path), file);
  if (file !== '' && !existsSync(target)) return 'there is no such file';
  if (relative(ROOT, target).startsWith('..')) return 'leads out of the repository';
  if (anchor === undefined) return null;
  const anchors = file === '' ? from.anchors : anchorsAt(target);
  return anchors?.has(anchor) ? null : 'there is no such heading';
}

const known = new Map<string, ReadonlySet<string>>();

function anchorsAt(target: string): ReadonlySet<string> | null {
  if (!target.endsWith('.md') || statSync(target).isDirectory()) return null;
  const anchors = known.get(target) ?? parseDocument(target, readFileSync(target, 'utf8')).anchors;
  known.set(target, anchors);
  return anchors;
}
