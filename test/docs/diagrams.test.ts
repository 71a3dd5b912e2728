import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser.js';
import { listDocuments, parseDocument, placeOf, type Block } from './support/documents.js';

const MERMAID = createRequire(import.meta.url).resolve('@mermaid-js/tiny');

/** What mermaid says of a diagram in a page that has loaded it; null where it can be drawn. */
async function faultOf(page: Page, text: string): Promise<string | null> {
  return page.evaluate(async (diagram) => {
    const { mermaid } = globalThis as unknown as { readonly mermaid: { parse(text: string): Promise<unknown> } };
    return mermaid.parse(diagram).then(
      () => null,
      (error: unknown) => String(error),
    );
  }, text);
}

describeInBrowser('Mermaid', (browser) => {
  async function faultsOf(blocks: readonly Block[]): Promise<string[]> {
    const page = await browser().newPage();
    try {
      await page.addScriptTag({ path: MERMAID });
      const faults: string[] = [];
      for (const block of blocks) {
        const fault = await faultOf(page, block.text);
        if (fault !== null) faults.push(`${placeOf(block)}: ${fault}`);
      }
      return faults;
    } finally {
      await page.close();
    }
  }

  test('draws every diagram of the documents, and refuses one that is wrong', async () => {
    const wrong = parseDocument('example.md', '```mermaid\nflowchart LR\n  a -->\n```').blocks;
    const diagrams = listDocuments().flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'mermaid'));
    expect(await faultsOf([...diagrams, ...wrong])).toEqual([expect.stringMatching(/^example\.md:2: .*Parse error/)]);
    expect(diagrams.length).toBeGreaterThan(0);
  });
});
