import { randomUUID } from 'node:crypto';

/** What somebody wrote. */
export interface Post {
  readonly id: string;
  readonly authorId: string;
  readonly title: string;
  readonly body: string;
  /** For the author and editors. */
  readonly notes: string | null;
  /** How often it was changed. */
  readonly edits: number;
  readonly isPublished: boolean;
}

export type NewPost = Pick<Post, 'authorId' | 'title' | 'body' | 'notes'>;

/** The blog's own database: Latchkey neither knows nor needs it. Kept in memory, for an example. */
export interface Posts {
  find(id: string): Post | null;
  listPublished(): Post[];
  listDrafts(): Post[];
  add(post: NewPost): Post;
  change(post: Post, fields: Partial<Omit<Post, 'id' | 'authorId'>>): Post;
}

export function createPosts(): Posts {
  const byId = new Map<string, Post>();
  const save = (post: Post): Post => {
    byId.set(post.id, post);
    return post;
  };
  return {
    find: (id) => byId.get(id) ?? null,
    listPublished: () => [...byId.values()].filter(({ isPublished }) => isPublished),
    listDrafts: () => [...byId.values()].filter(({ isPublished }) => !isPublished),
    add: (post) => save({ ...post, id: randomUUID(), edits: 0, isPublished: false }),
    change: (post, fields) => save({ ...post, ...fields }),
  };
}
