import { AuthClientError } from 'latchkey/client';
import { useAuthClient, useHasRole, useSession } from 'latchkey/client/react';
import { useActionState, type ReactNode } from 'react';
import { NavLink, Outlet, useNavigate } from 'react-router';
import { Farewell } from './farewell.js';

/** What stands around every page. */
export function Layout(): ReactNode {
  const session = useSession();
  const isEditor = useHasRole('EDITOR', 'ADMIN');
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="masthead">
        <NavLink className="brand" to="/" aria-label="The Daily Key, first page">
          <img src="/icon.svg" alt="" width="28" height="28" /> The Daily Key
        </NavLink>
        <nav aria-label="Pages">
          <NavLink to="/" end>
            Stories
          </NavLink>
          {isEditor && <NavLink to="/drafts">Drafts</NavLink>}
          {session !== null && <NavLink to="/account">Account</NavLink>}
          <NavLink to="/profile">Profile</NavLink>
        </nav>
        {session === null ? (
          <NavLink className="button" to="/sign-in">
            Sign in
          </NavLink>
        ) : (
          <SignOut />
        )}
      </header>
      <main id="main">
        <Farewell />
        <Outlet />
      </main>
    </>
  );
}

/** What else it fails by is a fault of this site, for its error boundary. */
function whyNot(error: unknown): string {
  if (!(error instanceof AuthClientError)) throw error;
  if (error.code === 'SESSION_CHANGED') return 'Somebody else is signed in by now: nobody was signed out.';
  if (error.code === 'NETWORK_ERROR') return 'You are still signed in: the server cannot be reached.';
  return `You are still signed in: ${error.message}`;
}

function SignOut(): ReactNode {
  const client = useAuthClient();
  const navigate = useNavigate();
  const [error, signOut, isPending] = useActionState(async (): Promise<string | null> => {
    try {
      await client.signOut();
    } catch (error) {
      return whyNot(error);
    }
    await navigate('/');
    return null;
  }, null);
  return (
    <form action={signOut}>
      <button className="quiet" disabled={isPending}>
        Sign out
      </button>
      {error !== null && <span role="alert">{error}</span>}
    </form>
  );
}
