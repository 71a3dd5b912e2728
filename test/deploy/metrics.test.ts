import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ERROR_CODES } from '../../src/domain/errors.js';
import { refresh, refreshed, SIGN_IN, SIGN_OUT, signUp, VIEWER } from '../http/support/people.js';
import { startServer } from '../support/server.js';
import { createBackend } from '../support/stores.js';
import { parseQuery } from './promql.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
}

const rules = (parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(read('deploy/grafana/dashboards/latchkey.json')) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets: asked = [] }) =>
  asked.map((target) => ({ title, ...target })),
);
const scrape = parse(read('deploy/prometheus/prometheus.yml')) as { scrape_configs: { job_name: string }[] };

/** Series by name, with the values of each label. A histogram's are those with `_bucket`, `_sum` and `_count`. */
type Series = Map<string, Map<string, Set<string>>>;

/** What Prometheus adds to each series that it reads. */
const ADDED = ['job', 'instance'];

function readSeries(text: string): Series {
  const series: Series = new Map();
  for (const [, name = '', , labels = ''] of text.matchAll(/^(\w+)(\{(.*)\})? \S+$/gm)) {
    const known = series.get(name) ?? new Map<string, Set<string>>(ADDED.map((label) => [label, new Set<string>()]));
    series.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  return series;
}

/** What an expression names that a server does not have, a sentence each. */
function findUnknown(expression: string, series: Series): string[] {
  const { selectors, groupings } = parseQuery(expression);
  return selectors.flatMap(({ metric, matchers }) => {
    const labels = series.get(metric);
    if (labels === undefined) return [`there is no series ${metric}`];
    const named = [...groupings, ...matchers.map(({ label }) => label)];
    return [
      ...named.filter((label) => !labels.has(label)).map((label) => `${metric} has no label ${label}`),
      ...matchers.flatMap(({ label, value }) =>
        value
          .split('|')
          .filter((each) => !isValue(each, label, labels.get(label)))
          .map((each) => `${label} of ${metric} is never ${each}`),
      ),
    ];
  });
}

const isValue = (value: string, label: string, seen: ReadonlySet<string> = new Set()): boolean =>
  value === '$instance' ||
  (label === 'job' && value === scrape.scrape_configs[0]?.job_name) ||
  seen.has(value) ||
  (['outcome', 'code'].includes(label) && (ERROR_CODES as readonly string[]).includes(value));

describe('dashboard, alerts and documents name what a server has', () => {
  let series: Series;

  // What has happened once has its labels.
  beforeAll(async () => {
    const backend = createBackend('SQLite');
    const server = await startServer(backend.url, { environment: { METRICS: 'on' } });
    const person = await signUp(server);
    const input = { email: person.email, password: person.password };
    await server.client().ask(SIGN_IN, { variables: { input } });
    await server.client().ask(SIGN_IN, { variables: { input: { ...input, password: 'a wrong password' } } });
    const { token, refreshToken } = await refreshed(server, person);
    await refresh(server, 'no token');
    await server.client().ask(VIEWER, { token });
    await server.client().ask(VIEWER, { token });
    await server.client().ask(SIGN_OUT, { variables: { input: { refreshToken } } });
    series = readSeries(await (await fetch(`${server.origin}/metrics`)).text());
    series.set('up', new Map(ADDED.map((label) => [label, new Set()])));
    await server.close();
    await backend.destroy();
  });

  test.each(targets)('panel “$title”: $expr', ({ expr, legendFormat = '' }) => {
    expect(findUnknown(expr, series)).toEqual([]);
    const { selectors } = parseQuery(expr);
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      expect([...(series.get(selectors[0]?.metric ?? '')?.keys() ?? [])]).toContain(label);
    }
  });

  test.each(rules)('alert $alert', ({ expr, annotations }) => {
    expect(findUnknown(expr, series)).toEqual([]);
    // What is summed over all servers cannot name one of them.
    const { groupings } = parseQuery(expr);
    const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    for (const label of named) expect(/\bsum\b/.test(expr) ? groupings : ADDED).toContain(label);
  });

  test('the table in docs/observability.md has every series of ours with its labels, and no other', () => {
    const rows = [...read('docs/observability.md').matchAll(/^\| `(latchkey_\w+)` +\|([^|]*)\|/gm)];
    const told = rows.map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, each]) => each),
    ]);
    const had = [...series].filter(([name]) => name.startsWith('latchkey_') && !/_(bucket|sum)$/.test(name));
    const own = (labels: ReadonlyMap<string, unknown>) => [...labels.keys()].filter((label) => !ADDED.includes(label));
    const exposed = had.map(([name, labels]) => [name.replace(/_count$/, ''), own(labels)]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(exposed));
  });

  test.each([
    ['latchkey_sign_in_total', ['there is no series latchkey_sign_in_total']],
    ['sum by (code) (latchkey_sign_ins_total)', ['latchkey_sign_ins_total has no label code']],
    ['latchkey_refreshes_total{verdict="stolen"}', ['verdict of latchkey_refreshes_total is never stolen']],
    ['up{job="latchkeys"}', ['job of up is never latchkeys']],
  ])('a fault would be found: %s', (expression, faults) => {
    expect(findUnknown(expression, series)).toEqual(faults);
  });

  test('what is no PromQL is refused', () => {
    expect(() => parseQuery('sum by (outcome (latchkey_sign_ins_total)')).toThrow(TypeError);
    expect(() => parseQuery('rate(latchkey_sign_ins_total[5m)')).toThrow(TypeError);
  });
});

describe('deploy/prometheus/alerts.yml', () => {
  test('each alert has another name, a severity, and a section of docs/alerts.md', () => {
    const document = read('docs/alerts.md');
    const sections = [...document.matchAll(/^## (\S+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(rules.map(({ alert }) => alert));
    expect(new Set(sections).size).toBe(sections.length);
    for (const { alert, labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
    }
  });
});

describe('deploy/grafana/dashboards/latchkey.json', () => {
  test('panels have ids and places of their own, in the 24 columns that there are', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  test('uses no variable that it does not declare, and is where Grafana looks', () => {
    const declared = dashboard.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)\}?/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(declared.sort());
    const compose = parse(read('docker-compose.yml'), { merge: true }) as {
      services: { grafana: { volumes: string[]; environment: Record<string, string> } };
    };
    const provider = parse(read('deploy/grafana/provisioning/dashboards/latchkey.yml')) as {
      providers: [{ options: { path: string } }];
    };
    const { path } = provider.providers[0].options;
    expect(compose.services.grafana.volumes).toContain(`./deploy/grafana/dashboards:${path}:ro`);
    expect(compose.services.grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(
      `${path}/latchkey.json`,
    );
  });
});
