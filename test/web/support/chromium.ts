import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';

const PATHS = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, or the one that `CHROMIUM_PATH` names. */
export function launchChromium(): Promise<Browser> {
  const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('There is no Chromium: apt-get install chromium, or CHROMIUM_PATH');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Puts a client's cookies into a browser. */
export async function addCookies(context: BrowserContext, origin: string, cookies: Map<string, string>): Promise<void> {
  const list = [...cookies].map(([name, value]) => ({ name, value, url: origin, httpOnly: true }));
  await context.addCookies(list);
}
