import type { Principal } from 'latchkey';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

/** The page that the server renders, whole: it has no script. */
export const renderProfile = (principal: Principal | null): string =>
  `<!doctype html>${renderToStaticMarkup(<ProfilePage principal={principal} />)}`;

const ProfilePage = ({ principal }: { readonly principal: Principal | null }): ReactNode => (
  <html lang="en">
    <head>
      <meta charSet="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>Profile – The Daily Key</title>
      <link rel="icon" href="/icon.svg" />
      <link rel="stylesheet" href="/style.css" />
    </head>
    <body>
      <header className="masthead">
        <a className="brand" href="/">
          <img src="/icon.svg" alt="" width="28" height="28" /> The Daily Key
        </a>
        <nav aria-label="Pages">
          <a href="/">Stories</a>
          <a href="/profile" aria-current="page">
            Profile
          </a>
        </nav>
      </header>
      <main>
        <h1>Profile</h1>
        <p className="lead">This page was rendered on the server, and runs no script.</p>
        {principal === null ? <Nobody /> : <Facts principal={principal} />}
      </main>
    </body>
  </html>
);

const Nobody = (): ReactNode => (
  <div className="card">
    <p>Nobody is signed in.</p>
    <a className="button" href="/sign-in?returnTo=/profile">
      Sign in
    </a>
  </div>
);

const Facts = ({ principal }: { readonly principal: Principal }): ReactNode => (
  <dl className="card facts">
    <dt>User</dt>
    <dd>
      <code>{principal.userId}</code>
    </dd>
    <dt>Session</dt>
    <dd>
      <code>{principal.sessionId}</code>
    </dd>
    <dt>Roles</dt>
    <dd>{principal.roles.join(', ') || 'none'}</dd>
    <dt>Password proved</dt>
    <dd>{principal.authenticatedAt.toISOString()}</dd>
  </dl>
);
