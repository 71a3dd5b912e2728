import { createBlog } from './blog.js';

const { app, auth } = await createBlog();
const port = Number(process.env['PORT'] ?? 4000);
const server = app.listen(port, () => console.log(`the blog is at http://localhost:${port}`));

process.once('SIGTERM', () => {
  server.close();
  void auth.close();
});
