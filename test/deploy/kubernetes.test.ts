import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { parse } from 'yaml';
import { variables } from '../../src/config-variables.js';
import { readConfig } from '../../src/config.js';
import { STOP_MS } from '../../src/signals.js';
import { readDocument } from '../docs/support/documents.js';
import { SERVER_SECRET, startServer, type TestServer } from '../support/server.js';
import { createBackend } from '../support/stores.js';
import { findMisfits, readManifests, type Manifest } from './manifests.js';

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator: readonly { readonly name: string; readonly literals: readonly string[] }[];
}

interface PodMonitor {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly jobLabel: string;
    readonly selector: { readonly matchLabels: object };
    readonly podMetricsEndpoints: readonly object[];
  };
}

interface Scraping {
  readonly job_name: string;
  readonly relabel_configs: readonly object[];
}

const all = readManifests(join(import.meta.dirname, '../../deploy/kubernetes'));
const isKustomization = ({ kind }: Manifest): boolean => kind === 'Kustomization';
const manifests = all.filter((manifest) => !isKustomization(manifest));
const get = (kind: string): unknown => all.find((manifest) => manifest.kind === kind);

const service = get('Service') as Service;
const ingress = get('Ingress') as Ingress;
const policy = get('NetworkPolicy') as NetworkPolicy;
const budget = get('PodDisruptionBudget') as PodDisruptionBudget;
const kustomization = get('Kustomization') as Kustomization;
const deployment = (get('Deployment') as Deployment).spec!;
const pod = deployment.template.spec!;
const container = pod.containers[0]!;
const paths = ingress.spec!.rules!.flatMap(({ http }) => http!.paths);
const settings = Object.fromEntries(
  kustomization.configMapGenerator[0]!.literals.map((literal) => [
    literal.slice(0, literal.indexOf('=')),
    literal.slice(literal.indexOf('=') + 1),
  ]),
);

describe('deploy/kubernetes', () => {
  test('fits what Kubernetes 1.30 says of its objects', () => {
    expect(findMisfits(manifests)).toEqual([]);
  });

  test('a misspelled field, a number for a text and a field that is missing would be found', () => {
    const spoil = (right: string, wrong: string): Manifest[] => {
      const text = JSON.stringify(manifests);
      expect(text).toContain(right);
      return JSON.parse(text.replace(right, wrong)) as Manifest[];
    };
    const found = findMisfits([
      ...spoil('"readinessProbe"', '"readynessProbe"'),
      ...spoil('"path":"/healthz"', '"path":4000'),
      ...spoil('"containers"', '"initContainers"'),
    ]);
    expect(found).toEqual([
      expect.stringMatching(/^deployment\.yaml: .*readynessProbe/s),
      expect.stringMatching(/^deployment\.yaml: Type 'number' is not assignable to type 'string'/),
      expect.stringMatching(/^deployment\.yaml: .*'containers' is missing/s),
    ]);
  });

  test('the kustomization has every file, once', () => {
    const files = manifests.map(({ file }) => file);
    expect([...kustomization.resources].sort()).toEqual(files.sort());
  });

  test('one selector finds the servers, wherever one is asked for', () => {
    const labels = deployment.template.metadata!.labels!;
    expect(deployment.selector.matchLabels).toEqual(labels);
    expect(service.spec!.selector).toEqual(labels);
    expect(budget.spec!.selector!.matchLabels).toEqual(labels);
    expect(policy.spec!.podSelector.matchLabels).toEqual(labels);
    expect(pod.topologySpreadConstraints?.[0]?.labelSelector?.matchLabels).toEqual(labels);
  });

  test('one port has one name, wherever it is named', () => {
    const [port] = container.ports!;
    expect(port).toEqual({ name: 'http', containerPort: variables.shape.PORT.parse(undefined) });
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) expect(probe?.httpGet?.port).toBe('http');
    expect(service.spec!.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
    for (const { backend } of paths) expect(backend.service).toEqual({ name: 'latchkey', port: { name: 'http' } });
    expect(policy.spec!.ingress![0]!.ports).toEqual([{ port: 'http', protocol: 'TCP' }]);
  });

  test('restarts what hangs, sends nothing to what is not ready, and takes none away before there is another', () => {
    expect(container.livenessProbe?.httpGet?.path).toBe('/healthz');
    expect(container.readinessProbe?.httpGet?.path).toBe('/readyz');
    expect(deployment.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(budget.spec!.maxUnavailable).toBe(1);
    // Behind the wait come the seconds that the server takes at most.
    const { shutdownDelaySeconds } = readConfig({ ...settings, STORE_URL: 'file:./x.db' });
    expect(shutdownDelaySeconds).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(shutdownDelaySeconds + STOP_MS / 1000);
  });

  test('runs without rights, on a file system that it cannot write to', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.resources).toMatchObject({ requests: { cpu: expect.any(String) }, limits: { memory: '512Mi' } });
  });

  test('has no secret in it, and names those that it needs', () => {
    expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
    expect(container.envFrom).toContainEqual({ secretRef: { name: 'latchkey' } });
    expect(container.env).toBeUndefined();
    expect(Object.keys(settings).filter((name) => /SECRET|PASSWORD|STORE_URL|SMTP_URL/.test(name))).toEqual([]);
  });

  test('its settings, with a secret and a store beside them, are such that a server starts with', () => {
    expect(Object.keys(variables.shape)).toEqual(expect.arrayContaining(Object.keys(settings)));
    const secrets = { LATCHKEY_SECRET: SERVER_SECRET, STORE_URL: 'mongodb://mongo/latchkey?replicaSet=rs0' };
    expect(() => readConfig({ NODE_ENV: 'production', ...settings, ...secrets })).not.toThrow();
    expect(settings['PUBLIC_URL']).toBe(`https://${ingress.spec!.rules![0]!.host ?? ''}`);
  });

  test('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(kustomization.images).toEqual([expect.objectContaining({ name: container.image, newTag: version })]);
  });
});

describe('on Kubernetes, Prometheus', () => {
  const root = join(import.meta.dirname, '../..');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const document = readDocument('docs/deployment.md');
  const alerts = parse(read('deploy/prometheus/alerts.yml')) as { readonly groups: readonly unknown[] };
  const jobs = [...read('deploy/prometheus/alerts.yml').matchAll(/job="([^"]*)"/g)].map(([, job]) => job);
  const labels = deployment.template.metadata!.labels!;

  test('finds the servers by the operator, under the name of the job that the alerts select', () => {
    const [monitor] = readManifests(join(root, 'deploy/kubernetes/prometheus-operator')) as unknown as [PodMonitor];
    expect(monitor).toMatchObject({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' });
    expect(monitor.metadata.namespace).toBe((get('Namespace') as Manifest).metadata?.name);
    expect(monitor.spec.selector.matchLabels).toEqual(labels);
    expect(monitor.spec.podMetricsEndpoints).toEqual([
      { port: container.ports![0]!.name, path: '/metrics', interval: '15s' },
    ]);
    expect(new Set(jobs)).toEqual(new Set([labels[monitor.spec.jobLabel]]));
  });

  test('finds them by its own configuration, under the same name', () => {
    const block = document.blocks.find(({ language }) => language === 'yaml')!;
    const {
      scrape_configs: [config],
    } = parse(block.text) as { readonly scrape_configs: readonly [Scraping] };
    expect(new Set(jobs)).toEqual(new Set([config.job_name]));
    const [keep] = config.relabel_configs;
    // As Prometheus makes a label of a label.
    const [name = ''] = Object.keys(labels);
    const label = `__meta_kubernetes_pod_label_${name.replaceAll(/\W/g, '_')}`;
    expect(keep).toEqual({
      source_labels: [label, '__meta_kubernetes_pod_container_port_name'],
      regex: `${labels[name] ?? ''};${container.ports![0]!.name ?? ''}`,
      action: 'keep',
    });
    // Nobody who goes by annotations asks them a second time.
    expect(deployment.template.metadata!.annotations).toBeUndefined();
  });

  test('gets the alerts as they are, by the lines of the document', () => {
    const block = document.blocks.find(({ text }) => text.includes('PrometheusRule'))!;
    const made = /^\{$.*^\}/ms.exec(block.text)?.[0] ?? '';
    const rule: unknown = parse(execFileSync('sh', ['-euc', made], { cwd: root, encoding: 'utf8' }));
    expect(rule).toEqual({
      ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'latchkey' } },
      spec: alerts,
    });
    expect(alerts.groups.length).toBeGreaterThan(1);
  });
});

describe('what the world may ask for', () => {
  const backend = createBackend('SQLite');
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(backend.url, { environment: { METRICS: 'on' } });
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
  });

  test.each(paths)('$path is there, and named to the letter', async ({ path = '', pathType }) => {
    expect(pathType).toBe('Exact');
    expect((await fetch(`${server.origin}${path}`, { redirect: 'manual' })).status).not.toBe(404);
  });

  test('is not the metrics, nor the state of a server, which are there inside', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      expect((await fetch(`${server.origin}${path}`)).status).toBe(200);
      expect(paths.map((each) => each.path)).not.toContain(path);
    }
    const peers = policy.spec!.ingress!.flatMap(({ from }) => from!);
    for (const { namespaceSelector, ipBlock } of peers) {
      expect(Object.keys(namespaceSelector?.matchLabels ?? {})).toEqual(['kubernetes.io/metadata.name']);
      expect(ipBlock).toBeUndefined();
    }
  });
});
