import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import type { MailLinks } from '../domain/mail.js';

export const RESET_PASSWORD_PATH = '/reset-password';
export const VERIFY_EMAIL_PATH = '/verify-email';

/** The application's own pages; `null`: ours. */
export interface MailPages {
  readonly resetPasswordUrl: string | null;
  readonly verifyEmailUrl: string | null;
}

/** Where the links of mails lead. The token is the fragment: no server's log and no `Referer` has it. */
export function createMailLinks(publicUrl: () => string, pages: MailPages): MailLinks {
  return {
    resetPassword: (token) => `${pages.resetPasswordUrl ?? publicUrl() + RESET_PASSWORD_PATH}#${token}`,
    verifyEmail: (token) => `${pages.verifyEmailUrl ?? publicUrl() + VERIFY_EMAIL_PATH}#${token}`,
  };
}

/** Adds the pages that the links of mails lead to, for applications that have none of their own. */
export function addMailPages(server: FastifyInstance): void {
  const pages: [string, Page][] = [
    [RESET_PASSWORD_PATH, RESET_PASSWORD],
    [VERIFY_EMAIL_PATH, VERIFY_EMAIL],
  ];
  for (const [path, page] of pages) {
    const html = render(page);
    const headers = headersOf(page);
    server.get(path, async (_request, reply) => reply.headers(headers).send(html));
  }
}

interface Page {
  readonly title: string;
  readonly body: string;
  readonly script: string;
}

const STYLE = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1c1e21; }
input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin: .25rem 0 1rem; }
button { background: #1f5fbf; color: #fff; border: 0; border-radius: .25rem; cursor: pointer; }
button:disabled { opacity: .6; }
[role="status"] { min-height: 1.5rem; }`;

/** Sends one mutation for the token in the fragment, which then leaves the address bar and its history. */
const SEND = `const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const status = document.querySelector('[role="status"]');
async function send(query, variables) {
  status.textContent = 'One moment …';
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { token, ...variables } }),
    });
    const { errors } = await response.json();
    status.textContent = errors === undefined ? 'Done.' : errors[0].message;
    return errors === undefined;
  } catch {
    status.textContent = 'The server cannot be reached: try again.';
    return false;
  }
}`;

const RESET_PASSWORD: Page = {
  title: 'Choose a new password',
  body: `<form>
<label>New password<input type="password" name="password" autocomplete="new-password" required minlength="8" maxlength="256"></label>
<button>Set the password</button>
</form>
<p role="status"></p>`,
  script: `${SEND}
const form = document.querySelector('form');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  const query = 'mutation ($token: String!, $newPassword: String!) { resetPassword(input: { token: $token, newPassword: $newPassword }) { reset } }';
  const isDone = await send(query, { newPassword: form.elements.password.value });
  if (isDone) form.remove();
  if (isDone) status.textContent = 'Your password was changed. Sign in with it.';
  button.disabled = false;
});`,
};

const VERIFY_EMAIL: Page = {
  title: 'Confirm your e-mail address',
  // By a press and not by itself: what looks into mails for harm opens links, and would confirm for others.
  body: `<button>Confirm</button>
<p role="status"></p>`,
  script: `${SEND}
const button = document.querySelector('button');
button.addEventListener('click', async () => {
  button.disabled = true;
  if (await send('mutation ($token: String!) { verifyEmail(token: $token) { verified } }', {})) {
    button.remove();
    status.textContent = 'Your address is confirmed. You can sign in.';
  }
  button.disabled = false;
});`,
};

const render = ({ title, body, script }: Page): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${STYLE}</style></head>
<body>
<h1>${title}</h1>
${body}
<script type="module">${script}</script>
</body>
</html>
`;

const sourceHash = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

const headersOf = ({ script }: Page): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(STYLE)}`,
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});
