import 'latchkey/client';

declare module 'latchkey/client' {
  interface Register {
    role: 'ADMIN' | 'MODERATOR' | 'EDITOR';
  }
}
