import { createHash } from 'node:crypto';

/** A page of ours: a few lines of HTML and one script. */
export interface Page {
  readonly title: string;
  readonly body: string;
  /** The same for each request: the policy of the page names its hash. */
  readonly script: string;
}

const STYLE = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1c1e21; }
input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin: .25rem 0 1rem; }
button { background: #1f5fbf; color: #fff; border: 0; border-radius: .25rem; cursor: pointer; }
button:disabled { opacity: .6; }
[role="status"] { min-height: 1.5rem; }
[hidden] { display: none; }`;

export const renderPage = ({ title, body, script }: Page): string => `<!doctype html>
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

/** Text as it stands within an attribute or an element. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** Runs the page's own script and no other, within no frame, and is kept by nobody. */
export const pageHeaders = ({ script }: Pick<Page, 'script'>): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': contentSecurityPolicy({
    'script-src': sourceHash(script),
    'style-src': sourceHash(STYLE),
    'connect-src': "'self'",
  }),
});

/** A policy that allows what it names and nothing else, within no frame. */
export const contentSecurityPolicy = (sources: Readonly<Record<string, string>>, baseUri = "'none'"): string =>
  [
    "default-src 'none'",
    ...Object.entries(sources).map(([name, allowed]) => `${name} ${allowed}`),
    "form-action 'none'",
    `base-uri ${baseUri}`,
    "frame-ancestors 'none'",
  ].join('; ');

/** What a policy knows an inline script or style by. */
export const sourceHash = (source: string): string =>
  `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
