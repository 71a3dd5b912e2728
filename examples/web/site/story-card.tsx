import type { ReactNode } from 'react';

export interface Story {
  readonly id: string;
  readonly title: string;
  readonly byline: string;
  readonly text: string;
}

export const StoryCard = ({ story, children }: { readonly story: Story; readonly children?: ReactNode }): ReactNode => (
  <article className="card">
    <h2>{story.title}</h2>
    <p className="byline">{story.byline}</p>
    <p>{story.text}</p>
    {children}
  </article>
);
