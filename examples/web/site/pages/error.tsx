import type { ReactNode } from 'react';
import { isRouteErrorResponse, Link, useRouteError } from 'react-router';

/** What a route's loader threw; and, as a page of its own, what no route is for. */
export function ErrorPage(): ReactNode {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 403) return <Forbidden />;
  if (error === undefined || (isRouteErrorResponse(error) && error.status === 404)) {
    return <Message title="There is no such page" text="It may have moved, or never been there." />;
  }
  return <Message title="Something went wrong" text="Load the page again." />;
}

export const Forbidden = (): ReactNode => (
  <Message title="This page is for editors" text="You are signed in, but not with a role that opens it." />
);

const Message = ({ title, text }: { readonly title: string; readonly text: string }): ReactNode => (
  <div className="message">
    <h1>{title}</h1>
    <p className="lead">{text}</p>
    <Link className="button" to="/">
      To the stories
    </Link>
  </div>
);
