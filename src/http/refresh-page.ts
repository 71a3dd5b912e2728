import type { FastifyInstance } from 'fastify';
import type { IsAllowedOrigin } from './csrf.js';
import { escapeHtml, pageHeaders, renderPage } from './page.js';
import { readReturnUrl } from './return-url.js';

export const REFRESH_PATH = '/refresh';
/** Of the cookie that says that a refresh was tried just now: pages do not ask for another. */
export const REFRESHED_NAME = 'latchkey-refreshed';

/** What the refresh page sends. */
export const REFRESH_PAGE_DOCUMENTS = [
  'mutation { refreshSession { expiresInSeconds } }',
  'mutation { signOut { signedOut } }',
] as const;
const [REFRESH, SIGN_OUT] = REFRESH_PAGE_DOCUMENTS;

export interface RefreshPageOptions {
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Of our cookies; `null`: the host alone. */
  readonly cookieDomain: string | null;
}

/**
 * Adds `GET /refresh?returnTo=…`, where a server-rendered page sends a browser whose access token has to be refreshed.
 * Its script rotates by `POST /graphql` and returns. Asking for the page changes nothing.
 */
export function addRefreshPage(server: FastifyInstance, { isAllowedOrigin, cookieDomain }: RefreshPageOptions): void {
  const headers = pageHeaders({ script: SCRIPT });
  server.get(REFRESH_PATH, async (request, reply) => {
    const { returnTo } = request.query as { readonly returnTo?: unknown };
    const target = readReturnUrl(returnTo, isAllowedOrigin) ?? '/';
    const body = renderBody(target, cookieDomain);
    return reply.headers(headers).send(renderPage({ title: 'One moment …', body, script: SCRIPT }));
  });
}

const renderBody = (target: string, cookieDomain: string | null): string => `<p role="status"></p>
<button hidden>Try again</button>
<p><a hidden href="${escapeHtml(target)}" data-domain="${escapeHtml(cookieDomain ?? '')}">Go on without being signed in</a></p>
<noscript><p>Your sign-in has to be refreshed, which takes JavaScript: turn it on, and load this page again.</p></noscript>`;

/**
 * Under the lock that tabs with `latchkey/client` take: a refusal clears the cookies, which must be no newer sign-in's.
 * The mark is set, and read back, before anything is sent: where no cookie is kept, nothing rotates and nothing returns.
 */
const SCRIPT = `const heading = document.querySelector('h1');
const status = document.querySelector('[role="status"]');
const retry = document.querySelector('button');
const goOn = document.querySelector('a');
if (goOn.hash === '') goOn.hash = location.hash;
const { domain } = goOn.dataset;

function keepMark() {
  const attributes = ['${REFRESHED_NAME}=1', 'Path=/', 'Max-Age=10', 'SameSite=Lax'];
  if (domain !== '') attributes.push('Domain=' + domain);
  if (location.protocol === 'https:') attributes.push('Secure');
  document.cookie = attributes.join('; ');
  return document.cookie.split('; ').includes('${REFRESHED_NAME}=1');
}

function tell(title, text, canRetry) {
  heading.textContent = title;
  status.textContent = text;
  retry.hidden = !canRetry;
  goOn.hidden = false;
}

async function send(query) {
  const response = await fetch('graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = await response.json();
  return errors?.[0];
}

async function rotate() {
  const error = await send('${REFRESH}');
  if (error === undefined) return goBack();
  const { code, reason, until } = error.extensions;
  if (!['SESSION_EXPIRED', 'UNAUTHENTICATED', 'USER_BANNED', 'TOKEN_THEFT_DETECTED'].includes(code)) throw error;
  await send('${SIGN_OUT}');
  if (code === 'USER_BANNED') {
    const end = until == null ? '' : ' It ends on ' + new Date(until).toLocaleString() + '.';
    return tell('This account is banned', (reason ?? '') + end, false);
  }
  if (code === 'TOKEN_THEFT_DETECTED') return tell('You were signed out', error.message, false);
  goBack();
}

function goBack() {
  if (keepMark()) location.replace(goOn.href);
  else tell('No cookies', 'Your browser keeps no cookies for this site, which signing in takes.', false);
}

async function refresh() {
  if (!keepMark()) return goBack();
  retry.hidden = true;
  try {
    await (navigator.locks === undefined ? rotate() : navigator.locks.request('latchkey:' + new URL('graphql', location.href).href, rotate));
  } catch {
    tell('Not reached', 'The server cannot be reached at the moment.', true);
  }
}

goOn.addEventListener('click', keepMark);
retry.addEventListener('click', refresh);
await refresh();`;
