/** What is asked, and by whom. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: object;
  readonly accessToken?: string;
}

/** Asks `/graphql` once, and answers its data. Throws where there are errors beside it. */
export async function askGraphql<Data>(
  origin: string,
  { query, variables, accessToken }: GraphqlRequest,
): Promise<Data> {
  const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { readonly data?: Data; readonly errors?: unknown };
  if (data === undefined || errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
