import { gql, type TypedDocumentNode } from '@apollo/client';
import { useMutation, useQuery } from '@apollo/client/react';
import { RequireAuth } from 'latchkey/client/react';
import type { ReactNode } from 'react';
import { Navigate } from 'react-router';
import { describeDevice } from '../device.js';

interface Device {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
}

interface Viewer {
  readonly id: string;
  readonly email: string | null;
  readonly roles: readonly string[] | null;
  readonly sessions: readonly Device[] | null;
}

const ACCOUNT: TypedDocumentNode<{ viewer: Viewer | null }> = gql`
  query Account {
    viewer {
      id
      email
      roles
      sessions {
        id
        current
        createdAt
        lastSeenAt
        deviceName
        userAgent
        ipAddress
      }
    }
  }
`;
const SIGN_OUT_THERE: TypedDocumentNode<object, { id: string }> = gql`
  mutation SignOutThere($id: ID!) {
    revokeSession(id: $id) {
      revokedSessionIds
    }
  }
`;
const SIGN_OUT_ELSEWHERE: TypedDocumentNode<object> = gql`
  mutation SignOutElsewhere {
    revokeOtherSessions {
      revokedSessionIds
    }
  }
`;

/** The loader lets in who is signed in; this leads away when that ends while the page is open. */
export const AccountPage = (): ReactNode => (
  <RequireAuth fallback={<Navigate to="/sign-in?returnTo=/account" replace />}>
    <Account />
  </RequireAuth>
);

function Account(): ReactNode {
  const { data, error } = useQuery(ACCOUNT, { fetchPolicy: 'cache-and-network' });
  const viewer = data?.viewer;
  return (
    <>
      <h1>Account</h1>
      {error && <p className="notice alarm">Your account cannot be loaded at the moment.</p>}
      {viewer && (
        <>
          <dl className="card facts">
            <dt>E-mail</dt>
            <dd>{viewer.email}</dd>
            <dt>Roles</dt>
            <dd>{viewer.roles?.length ? viewer.roles.join(', ').toLowerCase() : 'reader'}</dd>
          </dl>
          <Devices devices={viewer.sessions ?? []} />
        </>
      )}
    </>
  );
}

function Devices({ devices }: { readonly devices: readonly Device[] }): ReactNode {
  const refetched = { refetchQueries: ['Account'], awaitRefetchQueries: true };
  const [signOutThere, { loading: isLeaving }] = useMutation(SIGN_OUT_THERE, refetched);
  const [signOutElsewhere, { loading: isLeavingAll }] = useMutation(SIGN_OUT_ELSEWHERE, refetched);
  const isBusy = isLeaving || isLeavingAll;
  return (
    <section aria-labelledby="devices">
      <div className="heading">
        <h2 id="devices">Where you are signed in</h2>
        {devices.length > 1 && (
          <button className="quiet" disabled={isBusy} onClick={() => void signOutElsewhere()}>
            Sign out everywhere else
          </button>
        )}
      </div>
      <ul className="devices card">
        {devices.map((device) => (
          <li key={device.id}>
            <div>
              <strong>{device.deviceName ?? describeDevice(device.userAgent)}</strong>
              {device.current && <span className="badge">this one</span>}
              <br />
              <small>
                {device.ipAddress}, since {formatTime(device.createdAt)}, last seen {formatTime(device.lastSeenAt)}
              </small>
            </div>
            {!device.current && (
              <button
                className="quiet"
                disabled={isBusy}
                onClick={() => void signOutThere({ variables: { id: device.id } })}
              >
                Sign out there
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const formatTime = (time: string): string =>
  new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
