import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks Prometheus for. */
export interface Query {
  /** The series that it selects, each with its matchers: `x{verdict="theft"}`. */
  readonly selectors: readonly Selector[];
  /** The labels behind `by`, `without`, `on` and their kin. */
  readonly groupings: readonly string[];
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/**
 * Reads PromQL, with the variables that Grafana puts in.
 *
 * @throws TypeError where it is no PromQL
 */
export function parseQuery(expression: string): Query {
  const text = expression.replaceAll('$__rate_interval', '5m').trim();
  const selectors: { metric: string; matchers: { label: string; operator: string; value: string }[] }[] = [];
  const groupings: string[] = [];
  let isGrouping = false;
  parser.parse(text).iterate({
    enter({ type, name, from, to }) {
      const read = text.slice(from, to);
      if (type.isError) throw new TypeError(`no PromQL: ${text.slice(0, from)} HERE ${text.slice(from)}`);
      const selector = selectors.at(-1);
      if (name === 'VectorSelector') selectors.push({ metric: '', matchers: [] });
      if (name === 'GroupingLabels') isGrouping = true;
      if (name === 'Identifier' && selector) selector.metric = read;
      if (name === 'LabelName' && isGrouping) groupings.push(read);
      else if (name === 'LabelName') selector?.matchers.push({ label: read, operator: '', value: '' });
      const matcher = selector?.matchers.at(-1);
      if (name === 'MatchOp' && matcher) matcher.operator = read;
      if (name === 'StringLiteral' && matcher?.value === '') matcher.value = read.slice(1, -1);
    },
    leave({ name }) {
      if (name === 'GroupingLabels') isGrouping = false;
    },
  });
  return { selectors, groupings };
}
