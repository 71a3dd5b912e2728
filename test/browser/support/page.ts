/** What runs in the pages of the browser suites. */
import * as latchkey from '../../../src/client/auth-client.js';

window.latchkey = latchkey;
window.ask = async (query) => {
  try {
    const response = await window.client.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, body: (await response.json()) as object };
  } catch (error) {
    return { code: error instanceof latchkey.AuthClientError ? error.code : String(error) };
  }
};
