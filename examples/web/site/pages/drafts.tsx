import { gql, type TypedDocumentNode } from '@apollo/client';
import { useMutation, useQuery } from '@apollo/client/react';
import { RequireRole } from 'latchkey/client/react';
import type { ReactNode } from 'react';
import { StoryCard, type Story } from '../story-card.js';
import { Forbidden } from './error.js';

const DRAFTS: TypedDocumentNode<{ drafts: Story[] | null }> = gql`
  query Drafts {
    drafts {
      id
      title
      byline
      text
    }
  }
`;
const PUBLISH: TypedDocumentNode<{ publish: { id: string } | null }, { id: string }> = gql`
  mutation Publish($id: ID!) {
    publish(id: $id) {
      id
    }
  }
`;

/** The loader keeps others out; this does it too, where the role is withdrawn while the page is open. */
export const DraftsPage = (): ReactNode => (
  <RequireRole anyOf={['EDITOR', 'ADMIN']} fallback={<Forbidden />}>
    <Drafts />
  </RequireRole>
);

function Drafts(): ReactNode {
  const { data, loading, error } = useQuery(DRAFTS, { fetchPolicy: 'cache-and-network' });
  const [publish, { loading: isPublishing }] = useMutation(PUBLISH, { refetchQueries: ['Drafts', 'Stories'] });
  return (
    <>
      <h1>Drafts</h1>
      <p className="lead">For editors only. The server says so too, whatever this page shows.</p>
      {error && <p className="notice alarm">The drafts cannot be loaded at the moment.</p>}
      {!loading && data?.drafts?.length === 0 && <p className="card">Everything is published.</p>}
      <div className="stories">
        {data?.drafts?.map((story) => (
          <StoryCard key={story.id} story={story}>
            <button disabled={isPublishing} onClick={() => void publish({ variables: { id: story.id } })}>
              Publish<span className="hidden"> “{story.title}”</span>
            </button>
          </StoryCard>
        ))}
      </div>
    </>
  );
}
