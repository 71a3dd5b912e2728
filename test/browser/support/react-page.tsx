/** What runs in the pages of the suite on React: hydrates where the server has rendered. */
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { createAuthLink } from '../../../src/client/apollo/auth-link.js';
import { createAuthClient, type AuthClient, type TokenStorage } from '../../../src/client/auth-client.js';
import type { KnownSession } from '../../../src/client/react/index.js';
import { App, type Render } from './react-app.js';

export interface PageSettings {
  readonly serverSession?: KnownSession | null;
  /** Header transport, with a storage that answers late. */
  readonly isHeader?: boolean;
}

declare global {
  interface Window {
    settings: PageSettings;
    auth: AuthClient;
    renders: Render[];
    complaints: string[];
  }
}

const lateStorage: TokenStorage = {
  get: () => new Promise((resolve) => setTimeout(() => resolve(sessionStorage.getItem('tokens')), 300)),
  set: (value) => sessionStorage.setItem('tokens', value),
  remove: () => sessionStorage.removeItem('tokens'),
};

const { serverSession, isHeader = false } = window.settings;
window.renders = [];
window.complaints = [];
window.auth = createAuthClient({
  url: '/graphql',
  ...(isHeader && ({ transport: 'header', storage: lateStorage } as const)),
});
const apollo = new ApolloClient({
  cache: new InMemoryCache(),
  link: createAuthLink(window.auth).concat(new HttpLink({ uri: '/graphql' })),
});
const root = document.querySelector('#root')!;
const app = (
  <App {...{ auth: window.auth, apollo, serverSession }} onRender={(render) => window.renders.push(render)} />
);
if (root.hasChildNodes())
  hydrateRoot(root, app, { onRecoverableError: (error) => window.complaints.push(String(error)) });
else createRoot(root, { onCaughtError: (error) => window.complaints.push(String(error)) }).render(app);
