import type { FastifyInstance } from 'fastify';
import type { MailLinks } from '../domain/mail.js';
import { pageHeaders, renderPage, type Page } from './page.js';

export const RESET_PASSWORD_PATH = '/reset-password';
export const VERIFY_EMAIL_PATH = '/verify-email';

/** The application's own pages; `null`: ours. */
export interface MailPages {
  readonly resetPasswordUrl: string | null;
  readonly verifyEmailUrl: string | null;
}

const RESET_PASSWORD_DOCUMENT =
  'mutation ($token: String!, $newPassword: String!) { resetPassword(input: { token: $token, newPassword: $newPassword }) { reset } }';
const VERIFY_EMAIL_DOCUMENT = 'mutation ($token: String!) { verifyEmail(token: $token) { verified } }';
/** What these pages send. */
export const MAIL_PAGE_DOCUMENTS = [RESET_PASSWORD_DOCUMENT, VERIFY_EMAIL_DOCUMENT];

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
    const html = renderPage(page);
    const headers = pageHeaders(page);
    server.get(path, async (_request, reply) => reply.headers(headers).send(html));
  }
}

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
  const isDone = await send('${RESET_PASSWORD_DOCUMENT}', { newPassword: form.elements.password.value });
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
  if (await send('${VERIFY_EMAIL_DOCUMENT}', {})) {
    button.remove();
    status.textContent = 'Your address is confirmed. You can sign in.';
  }
  button.disabled = false;
});`,
};
