import { gql, type TypedDocumentNode } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { useSession } from 'latchkey/client/react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { StoryCard, type Story } from '../story-card.js';

const STORIES: TypedDocumentNode<{ stories: Story[] | null }> = gql`
  query Stories {
    stories {
      id
      title
      byline
      text
    }
  }
`;

export function StoriesPage(): ReactNode {
  const session = useSession();
  const { data, error } = useQuery(STORIES);
  return (
    <>
      <h1>Stories</h1>
      <p className="lead">
        {session === null ? (
          <>
            Anyone may read these. <Link to="/sign-in">Sign in</Link> to see your account.
          </>
        ) : (
          'Anyone may read these. Drafts are for editors.'
        )}
      </p>
      {error && <p className="notice alarm">The stories cannot be loaded at the moment.</p>}
      <div className="stories">
        {data?.stories?.map((story) => (
          <StoryCard key={story.id} story={story} />
        ))}
      </div>
    </>
  );
}
