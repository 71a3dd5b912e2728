import { useSignedOut } from 'latchkey/client/react';
import type { ReactNode } from 'react';
import { Ban } from './ban.js';

/** Why the session ended, where the user did not end it. */
export function Farewell(): ReactNode {
  const signedOut = useSignedOut();
  switch (signedOut?.reason) {
    case 'banned':
      return <Ban reason={signedOut.publicReason} until={signedOut.until} />;
    case 'theft':
      return (
        <div className="notice alarm" role="alert">
          <h2>You were signed out</h2>
          <p>Somebody used a copy of your sign-in. Sign in again, and change your password.</p>
        </div>
      );
    case 'expired':
      return (
        <div className="notice" role="status">
          <p>Your session is over: sign in again.</p>
        </div>
      );
    case 'user':
    case undefined:
      return null;
  }
}
