/**
 * `passport-jwt` on Express 5, with tokens signed by RS256.
 *
 * @see https://www.passportjs.org/packages/passport-jwt/
 */
import { generateKeyPairSync } from 'node:crypto';
import express from 'express';
import jsonwebtoken from 'jsonwebtoken';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';

// The least that a table of users may cost.
const USERS = new Map([['aaaaaaaaaaaaaaaaaaaaaa', { id: 'aaaaaaaaaaaaaaaaaaaaaa', roles: ['ADMIN'] }]]);
const CLAIMS = { issuer: 'accounts.examplesoft.com', audience: 'yoursite.net' };

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

passport.use(
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: publicKey,
      algorithms: ['RS256'],
      ...CLAIMS,
    },
    (payload, done) => done(null, USERS.get(payload.sub) ?? false),
  ),
);

const app = express();
app.post('/login', express.json(), (request, response) => {
  const { id } = USERS.get(request.body.id);
  const options = { ...CLAIMS, algorithm: 'RS256', subject: id, expiresIn: '15m' };
  response.json({ id, token: jsonwebtoken.sign({}, privateKey, options) });
});
app.get('/me', passport.authenticate('jwt', { session: false }), (request, response) => response.json(request.user));
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
