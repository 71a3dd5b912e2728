import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './support/documents.js';

const SECTIONS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What a changelog has that https://keepachangelog.com/en/1.1.0/ does not know, or that has nothing under it. */
function changelogFaults(text: string): string[] {
  const releases = [...text.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title);
  const sections = text.split(/^###? /m).slice(1);
  return [
    ...releases.filter((title) => !/^\[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$)/.test(title)),
    ...sections
      .map((section) => section.split('\n', 1)[0] ?? '')
      .filter((title) => !title.startsWith('[') && !SECTIONS.includes(title)),
    ...sections.filter((section) => section.trim().split('\n').length === 1),
    ...(releases.length === 0 ? ['no release'] : []),
  ];
}

test('CHANGELOG.md keeps to its form', () => {
  expect(changelogFaults(read('CHANGELOG.md'))).toEqual([]);
});

test.each([
  ['# Changelog'],
  ['# Changelog\n\n## Next\n\nSoon.'],
  ['## [1.0.0]\n\nDone.'],
  ['## [Unreleased]\n\n### News\n\n- One'],
  ['## [Unreleased]\n\n### Added\n\n## [1.0.0] - 2026-12-01\n\nDone.'],
])('one that does not is found: %j', (text) => {
  expect(changelogFaults(text).length).toBeGreaterThan(0);
});

test('the version of the package is in the changelog, or is the one to come', () => {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[(?:Unreleased|${version.replaceAll('.', '\\.')})\\]`, 'm'));
});

test('SECURITY.md says how to report, and which versions are looked after', () => {
  expect(read('SECURITY.md')).toMatch(/^## Reporting a vulnerability$[^]*^## Supported versions$/m);
});
