import { accessSync, constants } from 'node:fs';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';

/** Where the browser is: `CHROMIUM`, else Debian's. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** The same without windows and history, for a third of the work: Debian's `chromium-headless-shell`. */
const SHELL = '/usr/bin/chromium-headless-shell';

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
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

interface BrowserNeeds {
  readonly history: boolean;
}

/** The lightest that is there and has what is needed. */
const executableFor = ({ history }: BrowserNeeds): string =>
  !history && process.env['CHROMIUM'] === undefined && isExecutable(SHELL) ? SHELL : CHROMIUM;

/** Starts a browser; its starter closes it. */
const startBrowser = (needs: BrowserNeeds): Promise<Browser> =>
  chromium.launch({
    ...{ executablePath: executableFor(needs), args: ARGUMENTS },
    // Playwright turns it off, and users have it on.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });

/** Declares tests that share one real browser: skipped, loudly, where there is none. */
export const describeInBrowser = (name: string, declare: (browser: () => Browser) => void): void =>
  describeIn(name, declare, { history: false });

/** The same where a page goes back in the history, and with it to the back-forward cache. */
export const describeInBrowserWithHistory = (name: string, declare: (browser: () => Browser) => void): void =>
  describeIn(name, declare, { history: true });

function describeIn(name: string, declare: (browser: () => Browser) => void, needs: BrowserNeeds): void {
  const isThere = isExecutable(executableFor(needs));
  if (!isThere) sayWhatIsSkipped(name);
  (isThere ? describe : describe.skip)(`${name} (Chromium)`, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await startBrowser(needs);
    });
    afterAll(() => browser?.close());
    declare(() => browser!);
  });
}
