import { AuthClientError, createAuthClient, type AuthClient } from 'latchkey/client';

/** Accounts to try the newspaper with; the administrator is made by `ADMIN_EMAIL` and `ADMIN_PASSWORD`. */
export const ACCOUNTS = [
  { role: 'admin', email: 'admin@example.com', password: 'correct horse battery' },
  { role: 'editor', email: 'editor@example.com', password: 'correct horse battery' },
  { role: 'reader', email: 'reader@example.com', password: 'correct horse battery' },
] as const;
const [ADMIN, EDITOR, READER] = ACCOUNTS;

export const ADMIN_ENV = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password } as const;

/** Adds the others, where they are not there yet: by the client, as any program would. */
export async function addAccounts(origin: string): Promise<void> {
  const client = createAuthClient({ url: `${origin}/graphql`, transport: 'header' });
  try {
    for (const account of [EDITOR, READER]) await signUp(client, account);
    await client.signIn({ email: ADMIN.email, password: ADMIN.password });
    const { user } = await ask<{ user: { id: string } }>(
      client,
      origin,
      'query ($email: String) { user(email: $email) { id } }',
      {
        email: EDITOR.email,
      },
    );
    await ask(client, origin, 'mutation ($id: ID!) { grantRole(userId: $id, role: EDITOR) { user { id } } }', {
      id: user.id,
    });
    await client.signOut();
  } finally {
    client.close();
  }
}

async function signUp(client: AuthClient, { email, password }: (typeof ACCOUNTS)[number]): Promise<void> {
  try {
    await client.signUp({ email, password });
    await client.signOut();
  } catch (error) {
    if (!(error instanceof AuthClientError && error.code === 'EMAIL_TAKEN')) throw error;
  }
}

async function ask<Data>(client: AuthClient, origin: string, query: string, variables: object): Promise<Data> {
  const response = await client.fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (errors !== undefined || data === undefined) throw new Error(JSON.stringify(errors));
  return data;
}
