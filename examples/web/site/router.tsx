import { requireAuth } from 'latchkey/client/react';
import { createBrowserRouter, redirectDocument } from 'react-router';
import { auth } from './clients.js';
import { Layout } from './layout.js';
import { AccountPage } from './pages/account.js';
import { DraftsPage } from './pages/drafts.js';
import { ErrorPage } from './pages/error.js';
import { SignInPage } from './pages/sign-in.js';
import { SignUpPage } from './pages/sign-up.js';
import { StoriesPage } from './pages/stories.js';

export const router = createBrowserRouter([
  {
    Component: Layout,
    HydrateFallback: () => null,
    children: [
      {
        ErrorBoundary: ErrorPage,
        children: [
          { path: '/', Component: StoriesPage },
          { path: '/sign-in', Component: SignInPage },
          { path: '/sign-up', Component: SignUpPage },
          { path: '/account', loader: requireAuth(auth), Component: AccountPage },
          { path: '/drafts', loader: requireAuth(auth, { anyOf: ['EDITOR', 'ADMIN'] }), Component: DraftsPage },
          // Rendered on the server: the browser has to go there.
          { path: '/profile', loader: () => redirectDocument('/profile') },
          { path: '*', Component: ErrorPage },
        ],
      },
    ],
  },
]);
