import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, exportSPKI } from 'jose';
import type { SigningAlgorithm } from '../../src/domain/signing-key.js';
import { describeOnEachServer } from '../http/support/fixture.js';
import { VIEWER } from '../http/support/people.js';
import { encode, openForge, type Forge } from './support/forge.js';
import { ATTACKS, type Attack } from './support/forgeries.js';

const describeForgeries = (algorithm: SigningAlgorithm): void =>
  describeOnEachServer(
    `A server that signs with ${algorithm}`,
    (fixture) => {
      let forge: Forge;
      beforeAll(async () => {
        forge = await openForge(fixture(), algorithm);
      });

      const ask = (token: string) => fixture().server.client().ask(VIEWER, { token });
      const askByCookie = (token: string) => {
        const browser = fixture().server.client({ kind: 'browser' });
        browser.cookies.set('latchkey-access', encodeURIComponent(token));
        return browser.ask(VIEWER);
      };

      /** The honest one before and after, so that it is not the memory of either that answers. */
      async function expectRefused({ forged, honest }: Attack): Promise<void> {
        const [token, good] = [await forged(forge), await honest(forge)];
        expect((await ask(good)).text('viewer.id')).toBe(forge.person.id);
        expect(token).not.toBe(good);
        expect(await ask(token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
        expect(await askByCookie(token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
        expect((await askByCookie(good)).text('viewer.id')).toBe(forge.person.id);
      }

      describe.each(Object.keys(ATTACKS))('refuses %s:', (group) => {
        test.each(Object.keys(ATTACKS[group]!))('%s', (name) => expectRefused(ATTACKS[group]![name]!));
      });

      describe('refuses a key that the token brings along:', () => {
        const served: string[] = [];
        const keyServer = createServer((request, response) => {
          served.push(request.url ?? '');
          void exportJWK(forge.attacker.publicKey).then((jwk) => response.end(JSON.stringify({ keys: [jwk] })));
        });
        beforeAll(() => new Promise<void>((resolve) => void keyServer.listen(0, '127.0.0.1', resolve)));
        afterAll(() => new Promise<void>((resolve) => void keyServer.close(() => resolve())));

        test.each(['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'kid'])('%s', async (member) => {
          const { port } = keyServer.address() as AddressInfo;
          const address = `http://127.0.0.1:${port}/jwks.json`;
          const jwk = await exportJWK(forge.attacker.publicKey);
          const certificate = (await exportSPKI(forge.attacker.publicKey)).replaceAll(/-----.*-----|\n/g, '');
          const values = {
            jwk,
            jku: address,
            x5u: address,
            x5c: [certificate],
            x5t: encode(certificate),
            kid: address,
          };
          const header = { [member]: values[member as keyof typeof values] };
          await expectRefused({
            forged: ({ make, attacker }) => make({ header, signer: attacker.sign }),
            // By the server's own key such a member says nothing; only `kid` is looked at.
            honest: ({ make }) => make({ header: member === 'kid' ? {} : header }),
          });
          expect(served).toEqual([]);
        });
      });

      test('and none of it was a fault', () => {
        expect(fixture().server.log()).not.toContain('"level":50');
      });
    },
    { SIGNING_ALGORITHM: algorithm },
  );

for (const algorithm of ['EdDSA', 'ES256', 'RS256'] as const) describeForgeries(algorithm);
