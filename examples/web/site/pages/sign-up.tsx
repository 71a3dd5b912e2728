import { readReturnTo, useAuthClient } from 'latchkey/client/react';
import { useState, type ReactNode } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { CredentialsForm } from '../credentials-form.js';

export function SignUpPage(): ReactNode {
  const client = useAuthClient();
  const navigate = useNavigate();
  const { search } = useLocation();
  const [isMailed, setIsMailed] = useState(false);
  if (isMailed) return <p className="notice">We have sent you a mail: open its link, then sign in.</p>;
  return (
    <div className="narrow">
      <h1>Sign up</h1>
      <CredentialsForm
        label="Sign up"
        passwordIs="new-password"
        submit={async (input) => {
          // With EMAIL_VERIFICATION=required nobody is signed in yet.
          if ((await client.signUp(input)) === null) setIsMailed(true);
          else await navigate(readReturnTo(window.location.href), { replace: true });
        }}
      />
      <p>
        You have an account? <Link to={`/sign-in${search}`}>Sign in</Link>
      </p>
    </div>
  );
}
