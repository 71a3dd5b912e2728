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

function SignOut(): ReactNode {
  const client = useAuthClient();
  const navigate = useNavigate();
  const [error, signOut, isPending] = useActionState(async (): Promise<string | null> => {
    try {
      await client.signOut();
    } catch {
      return 'You are still signed in: the server cannot be reached.';
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
