/** An application of React, as the browser suites run it, and as their server renders it. */
import { ApolloProvider, useQuery } from '@apollo/client/react';
import type { ApolloClient } from '@apollo/client';
import { gql, type TypedDocumentNode } from '@apollo/client';
import { Component, StrictMode, Suspense, useState, type ReactNode } from 'react';
import type { AuthClient, AuthClientError } from '../../../src/client/auth-client.js';
import {
  AuthProvider,
  RequireAuth,
  RequireRole,
  useHasPermission,
  useHasRole,
  useSession,
  useSignedOut,
  type KnownSession,
} from '../../../src/client/react/index.js';

/** What one render of {@link Viewer} saw. */
export interface Render {
  /** Who is signed in, by the session. */
  readonly session: string | null;
  /** Whom the data that are shown are about. */
  readonly data: string | null;
  /** Who was signed in when the component was mounted. */
  readonly mounted: string | null;
}

export interface AppProps {
  readonly auth: AuthClient;
  readonly apollo: ApolloClient;
  readonly onRender: (render: Render) => void;
  readonly serverSession?: KnownSession | null | undefined;
}

const VIEWER: TypedDocumentNode<{ viewer: { id: string; email: string } | null }> = gql`
  query Viewer {
    viewer {
      id
      email
    }
  }
`;

export const App = ({ auth, apollo, onRender, serverSession }: AppProps): ReactNode => (
  <StrictMode>
    <ApolloProvider client={apollo}>
      <AuthProvider client={auth} serverSession={serverSession}>
        <Failed>
          <Suspense fallback={<p>waiting</p>}>
            <RequireAuth fallback={<SignedOut />}>
              <Viewer onRender={onRender} />
            </RequireAuth>
            <RequireRole anyOf={['MODERATOR']} fallback={<p>no moderator</p>} signedOut={<p>no user</p>}>
              <p>a moderator</p>
            </RequireRole>
          </Suspense>
        </Failed>
        <Rights />
      </AuthProvider>
    </ApolloProvider>
  </StrictMode>
);

/** Shows by which code what is under it failed. */
class Failed extends Component<{ readonly children: ReactNode }> {
  override state: { readonly code?: string } = {};
  static getDerivedStateFromError = ({ code }: AuthClientError): object => ({ code });
  override render = (): ReactNode =>
    this.state.code === undefined ? this.props.children : <p>{`failed: ${this.state.code}`}</p>;
}

function Viewer({ onRender }: Pick<AppProps, 'onRender'>): ReactNode {
  const session = useSession();
  const { data } = useQuery(VIEWER);
  const [mounted] = useState(session?.userId ?? null);
  onRender({ session: session?.userId ?? null, data: data?.viewer?.id ?? null, mounted });
  return (
    <>
      <h1>{session?.userId}</h1>
      <p>{data?.viewer?.email ?? 'no data'}</p>
    </>
  );
}

function SignedOut(): ReactNode {
  const why = useSignedOut();
  return (
    <>
      <h1>nobody</h1>
      <p>{why === null ? 'never signed in' : `${why.reason}: ${why.publicReason ?? 'no reason'}`}</p>
    </>
  );
}

function Rights(): ReactNode {
  const isModerator = useHasRole('MODERATOR', 'ADMIN');
  const mayHide = useHasPermission('post:hide');
  const session = useSession();
  const [mounted] = useState(session?.userId);
  return <p data-mounted={mounted}>{`rights: ${String(isModerator)} ${String(mayHide)}`}</p>;
}
