import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

/** What the session server and the page that it renders answer; the rest is Vite's. */
const SERVED = ['/graphql', '/explorer', '/refresh', '/reset-password', '/verify-email', '/.well-known', '/profile'];

/**
 * Vite before the session server: the browser sees one origin, so cookies need no CORS and no `ALLOWED_ORIGINS`, as it
 * will be behind the reverse proxy of a real site.
 */
export const createConfig = (api: string): UserConfig => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Within this repository, `latchkey/client` is its source; elsewhere, the package in node_modules: leave this out.
  resolve: { tsconfigPaths: true },
  server: { proxy: Object.fromEntries(SERVED.map((path) => [path, { target: api }])) },
  optimizeDeps: {
    include: ['react', 'react-dom/client', 'react-router', '@apollo/client', '@apollo/client/react', 'rxjs'],
  },
});

export default createConfig('http://localhost:4000');
