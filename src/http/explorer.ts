import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import send from '@fastify/send';
import type { FastifyInstance } from 'fastify';
import { EXPLORER_EXAMPLES } from './explorer-examples.js';
import { contentSecurityPolicy, sourceHash } from './page.js';

export const EXPLORER_PATH = '/explorer';
/** The route of its files. */
export const EXPLORER_ASSETS = '/explorer/*';

const SEND = { index: false, maxAge: '365d', immutable: true };
/** What Altair's page asks for. Its scripts of before and after a request, and its plugins, are not among it. */
const ASSET =
  /^(?:(?:main|polyfills|chunk-\w+|worker-\w+)\.js|styles\.css|favicon\.ico|(?:assets|media)\/[\w/-]+\.\w+)$/;

/**
 * Adds `GET /explorer`, Altair GraphQL Client with operations to begin with, which asks `/graphql` beside it. All that
 * it loads is served by us, from the package `altair-static`; it can reach no other origin.
 */
export function addExplorer(server: FastifyInstance): void {
  const { root, version } = findAltair();
  const assets = `${EXPLORER_PATH}/${version}/`;

  const html = renderPage(`${EXPLORER_PATH.slice(1)}/${version}/`);
  server.get(EXPLORER_PATH, async (_request, reply) => reply.headers(PAGE_HEADERS).send(html));

  // The version is in the path: a browser that kept them asks for the next ones all the same.
  server.get(EXPLORER_ASSETS, async (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    if (path === `${EXPLORER_PATH}/`) return reply.redirect(`..${EXPLORER_PATH}`);
    const name = path.slice(assets.length);
    const isKnown = path.startsWith(assets) && ASSET.test(name);
    const sent = isKnown ? await send(request.raw, name, { ...SEND, root }) : null;
    if (sent?.type !== 'file') {
      reply.callNotFound();
      return reply;
    }
    return reply
      .code(sent.statusCode)
      .headers({ ...sent.headers, ...ASSET_HEADERS })
      .send(sent.stream);
  });
}

interface Altair {
  readonly root: string;
  readonly version: string;
}

/** Where its files are. Its module is not loaded: what it would render lets scripts run that ours does not. */
function findAltair(): Altair {
  const require = createRequire(import.meta.url);
  const description = require.resolve('altair-static/package.json');
  const { version } = require(description) as Pick<Altair, 'version'>;
  return { root: join(dirname(description), 'build', 'dist'), version };
}

/**
 * Asks what is beside the page, wherever that is mounted: a link cannot name another address, or an operation. Tabs that a browser kept from before go first; new ones are
 * opened one after the other, and the last would stay in front.
 */
const SCRIPT = `history.replaceState(null, '', location.pathname);
const endpointURL = new URL('graphql', location.href).href;
const examples = ${JSON.stringify(
  EXPLORER_EXAMPLES.map(({ name, document }) => ({ initialName: name, initialQuery: document })),
)};
const kept = (await indexedDB.databases?.().catch(() => [])) ?? [];
const isNew = !kept.some(({ name }) => name === 'AltairDB');
const observer = new MutationObserver(() => {
  const tabs = document.querySelectorAll('.window-switcher__item');
  if (tabs.length < examples.length) return;
  observer.disconnect();
  tabs[0].click();
});
if (isNew) observer.observe(document.body, { childList: true, subtree: true });
AltairGraphQL.init({
  endpointURL,
  initialWindows: examples.map((each) => ({ ...each, endpointURL })),
  disableAccount: true,
  initialSettings: {
    theme: 'system',
    'schema.reloadOnStart': true,
    'alert.disableUpdateNotification': true,
    'banners.disable': true,
  },
});`;

const renderPage = (base: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Latchkey explorer</title>
<base href="${base}"><link rel="icon" href="favicon.ico"><link rel="stylesheet" href="styles.css"></head>
<body>
<app-root></app-root>
<noscript>The explorer takes JavaScript.</noscript>
<script type="module" src="polyfills.js"></script>
<script type="module" src="main.js"></script>
<script type="module">${SCRIPT}</script>
</body>
</html>
`;

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': contentSecurityPolicy(
    {
      'script-src': `'self' ${sourceHash(SCRIPT)}`,
      // Libraries of Altair write styles as they go.
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'connect-src': "'self'",
      'worker-src': "'self'",
    },
    "'self'",
  ),
};

/** A worker goes by the policy that came with its script. */
const ASSET_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': contentSecurityPolicy({ 'script-src': "'self'", 'connect-src': "'self'" }),
};
