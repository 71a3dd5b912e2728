/**
 * `express-session` with `connect-mongo` on Express 5: the sign-in of the former's README, the store of the latter's. With
 * `TOUCH_AFTER_SECONDS`, a session that is merely read is not written each time, as under “Lazy session update” there.
 *
 * @see https://github.com/expressjs/session#user-login
 * @see https://github.com/jdesboeufs/connect-mongo#lazy-session-update
 */
import MongoStore from 'connect-mongo';
import express from 'express';
import session from 'express-session';

const { MONGODB_URI, TOUCH_AFTER_SECONDS } = process.env;

const store = MongoStore.create({ mongoUrl: MONGODB_URI, touchAfter: Number(TOUCH_AFTER_SECONDS ?? 0) });
await store.collectionP;

const app = express();
app.use(
  session({
    secret: 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    store,
  }),
);
app.post('/login', express.json(), (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) {
      next(error);
      return;
    }
    const { id } = request.body;
    request.session.user = { id, roles: ['ADMIN'] };
    request.session.save((failure) => (failure ? next(failure) : response.json({ id })));
  });
});
app.get('/me', (request, response, next) => {
  if (request.session.user) response.json(request.session.user);
  else next('route');
});
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
