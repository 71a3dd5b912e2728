import { createPublicKey, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactVerify, exportJWK, exportSPKI } from 'jose';
import { assemble, encode, signByHmac, type Forge, type Signer } from './forge.js';

export type Make = (forge: Forge) => Promise<string> | string;

/** A forgery, and the same made honestly: were the server to refuse everything so made, the forgery would show nothing. */
export interface Attack {
  readonly forged: Make;
  readonly honest: Make;
}

const honestly: Make = ({ make }) => make({});
const withHeader = (header: Readonly<Record<string, unknown>>): Attack => ({
  forged: ({ make }) => make({ header }),
  honest: honestly,
});
const nothing: Signer = () => new Uint8Array();
const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string];
/** A token of the server with another signature. */
const withSignature = (change: (signature: Buffer) => Uint8Array): Attack => ({
  forged({ person }) {
    const [header, claims, signature] = parts(person.token);
    return assemble(header, claims, () => change(Buffer.from(signature, 'base64url')));
  },
  honest({ person }) {
    const [header, claims, signature] = parts(person.token);
    return assemble(header, claims, () => Buffer.from(signature, 'base64url'));
  },
});

const algorithms: Record<string, Attack> = Object.fromEntries([
  ...['none', 'None', 'NONE', 'nOnE', 'none ', '', null, 0, ['none'], undefined].flatMap((alg): [string, Attack][] => [
    [
      `alg ${JSON.stringify(alg)}`,
      { forged: ({ make }) => make({ header: { alg }, signer: nothing }), honest: honestly },
    ],
    [
      `alg ${JSON.stringify(alg)}, with the old signature`,
      { forged: ({ make }) => make({ header: { alg } }), honest: honestly },
    ],
  ]),
  ...['HS256', 'ES384', 'RS512', 'PS256', 'ES256K', 'eddsa', 'EDDSA', 'es256', 'rs256'].map((alg): [string, Attack] => [
    `alg ${alg}, signed by the server\u2019s key`,
    withHeader({ alg }),
  ]),
]);

/** The server's public key in every spelling that somebody might take for a secret. */
const SECRETS: Record<string, (forge: Forge) => Promise<string | Uint8Array> | string | Uint8Array> = {
  PEM: ({ key }) => exportSPKI(key.publicKey),
  'PEM with a line break': async ({ key }) => `${await exportSPKI(key.publicKey)}\n`,
  DER: async ({ key }) => createPublicKey(await exportSPKI(key.publicKey)).export({ type: 'spki', format: 'der' }),
  'JWK as text': async ({ key }) => JSON.stringify(await exportJWK(key.publicKey)),
  'JWK as published': ({ key }) => JSON.stringify(key.publicJwk),
  'raw bytes': ({ key: { publicJwk } }) => Buffer.from(publicJwk.x ?? publicJwk.n ?? '', 'base64url'),
  base64url: ({ key: { publicJwk } }) => publicJwk.x ?? publicJwk.n ?? '',
  kid: ({ key }) => key.kid,
  nothing: () => '',
};
const confusions: Record<string, Attack> = Object.fromEntries(
  Object.entries(SECRETS).flatMap(([name, read]) =>
    ['HS256', 'HS384', 'HS512'].map((alg): [string, Attack] => [
      `${alg} with the public key as the secret: ${name}`,
      {
        async forged(forge) {
          const secret = await read(forge);
          const token = await forge.make({ header: { alg }, signer: signByHmac(secret, `sha${alg.slice(2)}`) });
          // Whoever takes the key for a secret would let it pass.
          if (secret.length > 0) await compactVerify(token, Buffer.from(secret));
          return token;
        },
        honest: honestly,
      },
    ]),
  ),
);

const kids: Record<string, Attack> = {
  'kid in a list': { forged: ({ make, header }) => make({ header: { kid: [header['kid']] } }), honest: honestly },
  'kid in an object': {
    forged: ({ make, header }) => make({ header: { kid: { $eq: header['kid'] } } }),
    honest: honestly,
  },
  'kid and a zero byte': {
    forged: ({ make, header }) => make({ header: { kid: `${String(header['kid'])}\0` } }),
    honest: honestly,
  },
  ...Object.fromEntries(
    [
      ...[
        '',
        ' ',
        '.',
        '../../../../etc/passwd',
        '/dev/null',
        "' OR 1=1 --",
        '{"$gt":""}',
        '$where',
        '__proto__',
        'constructor',
      ],
      ...['toString', 'file:///etc/passwd', 'http://localhost/', '\0', 'x'.repeat(5_000), '\u{1F511}'],
      ...[null, undefined, 0, 1, true, [], {}, { $gt: '' }, { $ne: null }],
      // Of the right form: the server looks for it.
      'A'.repeat(22),
    ].map((kid): [string, Attack] => [`kid ${JSON.stringify(kid)}`.slice(0, 44), withHeader({ kid })]),
  ),
};

const raw =
  (make: (forge: Forge) => string, signer: (forge: Forge) => Signer): Make =>
  (forge) =>
    assemble(encode(make(forge)), encode(forge.claims), signer(forge));
const own = ({ bySigner }: Forge): Signer => bySigner;
const attackers = ({ attacker }: Forge): Signer => attacker.sign;
const members = ({ header }: Forge): string => `"alg":"${String(header['alg'])}","typ":"at+jwt"`;
const kidTwice =
  (first: string, second: string) =>
  (forge: Forge): string => {
    const names: Record<string, unknown> = { real: forge.header['kid'], other: 'A'.repeat(22) };
    return `{${members(forge)},"kid":"${String(names[first])}","kid":"${String(names[second])}"}`;
  };
const duplicates: Record<string, Attack> = {
  'kid twice, by the attacker': {
    forged: raw(kidTwice('other', 'real'), attackers),
    honest: raw(kidTwice('real', 'real'), own),
  },
  'kid twice, ours first, by the attacker': {
    forged: raw(kidTwice('real', 'other'), attackers),
    honest: raw(kidTwice('real', 'real'), own),
  },
  'kid twice, of which the last is not known': {
    forged: raw(kidTwice('real', 'other'), own),
    honest: raw(kidTwice('other', 'real'), own),
  },
  'alg twice, none last': {
    forged: raw(
      (forge) => `{${members(forge)},"kid":"${String(forge.header['kid'])}","alg":"none"}`,
      () => nothing,
    ),
    honest: raw((forge) => `{"alg":"none",${members(forge)},"kid":"${String(forge.header['kid'])}"}`, own),
  },
};

const others: Record<string, Attack> = {
  'crit of what nobody knows': withHeader({ crit: ['exp'], exp: 1 }),
  'crit without the member': withHeader({ crit: ['b64'] }),
  'crit that is empty': withHeader({ crit: [] }),
  'crit that is no list': withHeader({ crit: 'b64' }),
  'b64 false, over the encoded claims': withHeader({ b64: false, crit: ['b64'] }),
  'b64 false, over the claims as they are': {
    forged: ({ header, claims, bySigner }) =>
      assemble(encode({ ...header, b64: false, crit: ['b64'] }), JSON.stringify(claims), bySigner),
    honest: ({ header, claims, bySigner }) => assemble(encode(header), encode(claims), bySigner),
  },
  zip: withHeader({ zip: 'DEF', crit: ['zip'] }),
  ...Object.fromEntries(
    ['JWT', 'jwt', undefined, 'AT+JWT', 'at+JWT', 'application/at+jwt', 'at+jwt ', '', null, 1, ['at+jwt']].map(
      (typ): [string, Attack] => [`typ ${JSON.stringify(typ)}`, withHeader({ typ })],
    ),
  ),
};

const flip = (signature: Buffer, at: number): Uint8Array =>
  signature.map((byte, index) => (index === at ? byte ^ 1 : byte));
const signatures: Record<string, Attack> = {
  'no signature': withSignature(() => new Uint8Array()),
  'a signature of zeros': withSignature((signature) => Buffer.alloc(signature.length)),
  'a signature of ones': withSignature((signature) => Buffer.alloc(signature.length, 255)),
  'a signature with its first bit changed': withSignature((signature) => flip(signature, 0)),
  'a signature with its last bit changed': withSignature((signature) => flip(signature, signature.length - 1)),
  'half a signature': withSignature((signature) => signature.subarray(0, signature.length / 2)),
  'a signature and a byte more': withSignature((signature) => Buffer.concat([signature, Buffer.alloc(1)])),
  'a signature by another key': { forged: ({ make, attacker }) => make({ signer: attacker.sign }), honest: honestly },
  'other claims under the old signature': {
    forged({ person, claims }) {
      const [header, , signature] = parts(person.token);
      return `${header}.${encode({ ...claims, roles: ['ADMIN'] })}.${signature}`;
    },
    honest({ person, claims }) {
      const [header, , signature] = parts(person.token);
      return `${header}.${encode(claims)}.${signature}`;
    },
  },
};

const whole: Make = ({ person }) => person.token;
const reshaped = (shape: (header: string, claims: string, signature: string) => string): Attack => ({
  forged: ({ person }) => shape(...parts(person.token)),
  honest: whole,
});
/** A header of this text, signed by the server's own key as everything else is. */
const headerText = (text: string): Attack => ({
  forged: ({ claims, bySigner }) => assemble(encode(text), encode(claims), bySigner),
  honest: ({ header, claims, bySigner }) => assemble(encode(JSON.stringify(header)), encode(claims), bySigner),
});
const claimsText = (text: string): Attack => ({
  forged: ({ header, bySigner }) => assemble(encode(header), encode(text), bySigner),
  honest: ({ header, claims, bySigner }) => assemble(encode(header), encode(JSON.stringify(claims)), bySigner),
});
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The same bytes, spelled otherwise: of a signature's last character, only some bits count. */
const withStrayBit = (token: string): string =>
  token.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(token.at(-1) ?? '') + 1] ?? '');
const shapes: Record<string, Attack> = {
  'one part': reshaped((header) => header),
  'two parts': reshaped((header, claims) => `${header}.${claims}`),
  'two parts and a dot before': reshaped((header, claims) => `.${header}.${claims}`),
  'four parts': reshaped((...all) => [...all, ''].join('.')),
  'five parts': reshaped((header, claims, signature) => [header, '', '', claims, signature].join('.')),
  'no header': reshaped((_header, claims, signature) => `.${claims}.${signature}`),
  'no claims': reshaped((header, _claims, signature) => `${header}..${signature}`),
  dots: reshaped(() => '..'),
  padding: reshaped((...all) => `${all.join('.')}=`),
  'in base64 of the other kind': {
    forged: ({ header, claims, bySigner }) =>
      assemble(encode(header), Buffer.from(JSON.stringify({ ...claims, x: '???>>>' })).toString('base64'), bySigner),
    honest: ({ make }) => make({ claims: { x: '???>>>' } }),
  },
  'a space within': reshaped((...all) => all.join('. ')),
  'bits that base64url does not use': reshaped((...all) => withStrayBit(all.join('.'))),
  'as JSON': reshaped((header, payload, signature) => JSON.stringify({ protected: header, payload, signature })),
  'a token in a token': reshaped(
    (header, claims, signature) => `${header}.${encode(`${header}.${claims}.${signature}`)}.${signature}`,
  ),
  ...Object.fromEntries(
    ['', 'x', '{', 'null', '[]', '"text"', '5', '{}', '[{"alg":"none"}]', '\u00ff\ufffd', 'x'.repeat(9_000)].flatMap(
      (text): [string, Attack][] => [
        [`a header of ${text.slice(0, 20)}`, headerText(text)],
        [`claims of ${text.slice(0, 20)}`, claimsText(text)],
      ],
    ),
  ),
  'encrypted for everybody (JWE)': {
    forged: ({ header, claims }) =>
      new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader({ ...header, alg: 'dir', enc: 'A256GCM' })
        .encrypt(randomBytes(32)),
    honest: whole,
  },
  'a refresh token': { forged: ({ person }) => person.refreshToken, honest: whole },
  'a refresh token in three parts': {
    forged: ({ person }) => person.refreshToken.replace(/^(.{30})(.{30})/, '$1.$2.'),
    honest: whole,
  },
};

/** By what they have in common, and by name. */
export const ATTACKS: Record<string, Record<string, Attack>> = {
  'an algorithm of the attacker\u2019s choice': algorithms,
  'the public key as a shared secret': confusions,
  'a name of a key that is none': kids,
  'a member that is there twice': duplicates,
  'a header that says more, or other things': others,
  'a signature that is none': signatures,
  'anything of another shape': shapes,
};
