import { ApolloProvider } from '@apollo/client/react';
import { AuthProvider } from 'latchkey/client/react';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { apollo, auth } from './clients.js';
import { router } from './router.js';

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ApolloProvider client={apollo}>
      <AuthProvider client={auth}>
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </AuthProvider>
    </ApolloProvider>
  </StrictMode>,
);
