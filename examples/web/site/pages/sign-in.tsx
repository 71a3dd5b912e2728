import { readReturnTo, useAuthClient } from 'latchkey/client/react';
import type { ReactNode } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { CredentialsForm } from '../credentials-form.js';

export function SignInPage(): ReactNode {
  const client = useAuthClient();
  const navigate = useNavigate();
  const { search } = useLocation();
  return (
    <div className="narrow">
      <h1>Sign in</h1>
      <CredentialsForm
        label="Sign in"
        passwordIs="current-password"
        submit={async (input) => {
          await client.signIn(input);
          await navigate(readReturnTo(window.location.href), { replace: true });
        }}
      />
      <p>
        No account yet? <Link to={`/sign-up${search}`}>Sign up</Link>
      </p>
    </div>
  );
}
