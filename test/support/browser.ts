import { accessSync, constants } from 'node:fs';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';

/** Where the browser is: `CHROMIUM`, else Debian's. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

function hasChromium(): boolean {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Says it loudly; where a browser is required, it is a failure. */
function sayWhatIsSkipped(name: string): void {
  const { REQUIRE_BROWSER, CI } = process.env;
  const how = `The browser suites need a Chromium: apt-get install chromium, or CHROMIUM=/path/to/it.`;
  if (REQUIRE_BROWSER === '1' || CI === 'true') throw new Error(`Skipped would be ${name}. ${how}`);
  const line = '!'.repeat(78);
  process.stderr.write(`\n${line}\nCHROMIUM IS MISSING: SKIPPED IS ${name}.\n${how}\n${line}\n\n`);
}

/** Starts a browser; its starter closes it. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...{ executablePath: CHROMIUM, args: ARGUMENTS },
    // Playwright turns it off, and users have it on.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });

/** Declares tests that share one real browser: skipped, loudly, where there is none. */
export function describeInBrowser(name: string, declare: (browser: () => Browser) => void): void {
  const isThere = hasChromium();
  if (!isThere) sayWhatIsSkipped(name);
  (isThere ? describe : describe.skip)(`${name} (Chromium)`, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser?.close());
    declare(() => browser!);
  });
}
