import type { FastifyInstance } from 'fastify';
import type { IsAllowedOrigin } from './csrf.js';
import { escapeHtml, pageHeaders, renderPage } from './page.js';
import { SCRIPT } from './refresh-page-script.js';
import { readReturnUrl } from './return-url.js';

export const REFRESH_PATH = '/refresh';

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
