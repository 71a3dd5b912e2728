import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBlog, type Blog } from '../../examples/blog/blog.js';
import { refreshed, signInBrowser, signUp, type Person } from '../http/support/people.js';
import { listen, type Host } from '../library/support/hosts.js';
import { createClient, readAnswer, type Answer, type ClientOptions } from '../support/client.js';
import { createBackend, type Backend } from '../support/stores.js';

const SET = `mutation ($permissions: [String!]!) {
  setRolePermissions(role: EDITOR, permissions: $permissions) { rolePermissions { permissions } }
}`;
const WRITE = 'mutation { writePost(title: "Hello", body: "World", notes: "a draft") { id } }';

describe('the example of a blog', () => {
  let backend: Backend;
  let blog: Blog;
  let host: Host;
  let admin: Person;
  let ann: Person;
  let editor: Person;
  let postId: string;
  const asked = { client: (options?: ClientOptions) => createClient(host.origin, options) };
  const ask = (query: string, token?: string): Promise<Answer> => asked.client().ask(query, { token: token ?? null });
  const permit = (...permissions: string[]): Promise<Answer> =>
    asked.client().ask(SET, { variables: { permissions }, token: admin.token });

  beforeAll(async () => {
    backend = createBackend('SQLite');
    blog = await createBlog({ STORE_URL: backend.url, LOG_LEVEL: 'silent' });
    host = await listen(blog.app);
    admin = await signUp(asked, { setupCode: blog.auth.setUpCode ?? '' });
    ann = await signUp(asked);
    editor = await signUp(asked);
    await ask(`mutation { grantRole(userId: "${editor.id}", role: EDITOR) { user { id } } }`, admin.token);
    editor = await refreshed(asked, editor);
    postId = (await ask(WRITE, ann.token)).text('writePost.id');
  });

  afterAll(async () => {
    await host.close();
    await blog.auth.close();
    await backend.destroy();
  });

  test('lets nobody write who is not signed in, and only editors see drafts', async () => {
    expect((await ask(WRITE)).code).toBe('UNAUTHENTICATED');
    expect((await ask('{ drafts { id } }', ann.token)).code).toBe('FORBIDDEN');
    const drafts = await ask('{ drafts { id notes author { id email } } }', editor.token);
    expect(drafts.body.data).toEqual({
      drafts: [{ id: postId, notes: 'a draft', author: { id: ann.id, email: null } }],
    });
    expect(drafts.code).toBe('FORBIDDEN');
  });

  test('lets the author edit, and nobody else', async () => {
    const edit = `mutation { editPost(id: "${postId}", body: "changed") { body } }`;
    expect((await ask(edit, editor.token)).code).toBe('FORBIDDEN');
    expect((await ask(edit, ann.token)).text('editPost.body')).toBe('changed');
    expect((await ask('mutation { editPost(id: "none", body: "") { body } }', ann.token)).code).toBe('NOT_FOUND');
  });

  test('lets editors publish and see edits once an administrator permits that to their role, and no longer', async () => {
    const publish = `mutation { publishPost(id: "${postId}") { id edits } }`;
    const edits = '{ drafts { edits } }';
    expect((await ask(publish, editor.token)).code).toBe('FORBIDDEN');
    expect((await ask(edits, editor.token)).body).toMatchObject({
      data: { drafts: [{ edits: null }] },
      errors: [{ path: ['drafts', 0, 'edits'], extensions: { code: 'FORBIDDEN' } }],
    });
    expect((await asked.client().ask(SET, { variables: { permissions: [] }, token: editor.token })).code).toBe(
      'FORBIDDEN',
    );
    expect((await ask('{ posts { id } }')).body.data).toEqual({ posts: [] });

    expect((await permit('post:history')).code).toBeUndefined();
    expect((await ask(edits, editor.token)).body).toEqual({ data: { drafts: [{ edits: 1 }] } });
    expect((await ask(publish, editor.token)).code).toBe('FORBIDDEN');

    expect((await permit('post:publish')).code).toBeUndefined();
    expect((await ask('{ viewer { permissions } }', editor.token)).body.data).toEqual({
      viewer: { permissions: ['post:publish'] },
    });
    expect((await ask(publish, editor.token)).code).toBe('FORBIDDEN');
    expect((await ask('{ posts { id } }')).body.data).toEqual({ posts: [] });

    expect((await permit('post:history', 'post:publish')).code).toBeUndefined();
    expect((await ask(publish, ann.token)).code).toBe('FORBIDDEN');
    expect((await ask(publish)).code).toBe('UNAUTHENTICATED');
    expect((await ask(publish, editor.token)).body).toEqual({ data: { publishPost: { id: postId, edits: 1 } } });

    expect((await permit()).code).toBeUndefined();
    expect((await ask(publish, editor.token)).code).toBe('FORBIDDEN');
  });

  test('shows what is published to anyone, and its notes to the author', async () => {
    expect((await ask('{ posts { title notes } }')).body.data).toEqual({ posts: [{ title: 'Hello', notes: null }] });
    const own = await ask('{ posts { notes } }', ann.token);
    expect(own.body).toEqual({ data: { posts: [{ notes: 'a draft' }] } });
  });

  test('serves REST and GraphQL by one session, by header and by cookie', async () => {
    const get = async (path: string, token: string): Promise<Response> =>
      asked.client().fetch(path, { headers: { authorization: `Bearer ${token}` } });
    expect((await get('/drafts.csv', editor.token)).status).toBe(200);
    expect(await readAnswer(await get('/drafts.csv', ann.token))).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await asked.client().fetch('/feed.json')).status).toBe(200);

    const browser = await signInBrowser(asked, ann);
    const written = (await browser.ask(WRITE)).text('writePost.id');
    const mine = (await (await browser.fetch('/mine.json')).json()) as { id: string }[];
    expect(mine.map(({ id }) => id)).toContain(written);
    await browser.ask('mutation { signOut { signedOut } }');
    expect((await browser.fetch('/mine.json')).status).toBe(401);
  });
});
