import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { prometheusName } from './prometheus.ts';
import {
  FIGURES,
  NETWORK_IO,
  PROCESS_DURATION,
  PROCESS_RESTARTS,
  SCHEMA_URL,
  STARTUP_DURATION,
} from './semantic-names.ts';

const METRICS = [
  ...new Set([...FIGURES.map((figure) => figure.metric), NETWORK_IO]),
  PROCESS_RESTARTS,
  PROCESS_DURATION,
  STARTUP_DURATION,
];

/** Ours, and one that only collectors have: these are in no convention. */
const isOwn = (name: string) => /^(machine|pidnap)\./.test(name) || name === 'system.cpu.load_average.1m';

it('gives each name one meaning', () => {
  expect(new Set(METRICS.map((metric) => metric.name)).size).toBe(METRICS.length);
});

it('knows seconds, bytes, ratios and counts, and no percent or megabytes', () => {
  for (const { unit } of METRICS) expect(unit).toMatch(/^(1|s|By|\{\w+\})$/);
});

it('tells two figures of one metric apart by an attribute', () => {
  const series = FIGURES.map(({ metric, attributes }) => metric.name + JSON.stringify(attributes));
  expect(new Set(series).size).toBe(FIGURES.length);
});

it('has every name in the docs, as OpenTelemetry and as Prometheus', () => {
  const docs = readFileSync(path.resolve(import.meta.dirname, '../../../docs/telemetry.md'), 'utf8');
  for (const { name, instrument, unit } of METRICS) {
    const line = docs.split('\n').find((one) => one.startsWith(`| \`${name}\` | ${instrument}`));
    expect(line).toContain(`, ${unit} |`);
  }
  for (const { metric } of FIGURES) expect(docs).toContain(`\`${prometheusName(metric)}`);
});

const CONVENTIONS = path.resolve(
  import.meta.dirname,
  '../../../../shared/contracts/otel/semconv-v1.44.0-system-process-container.json',
);
const hasConventions = existsSync(CONVENTIONS);
if (!hasConventions)
  console.warn('!! NO SEMANTIC CONVENTIONS BESIDE THE REPOSITORY: NAMES AND UNITS ARE NOT CHECKED !!');

it.skipIf(!hasConventions)('has the names, units and instruments of the semantic conventions', () => {
  type Convention = {
    name: string;
    instrument: string;
    unit: string;
    value_type: string;
    attributes: string[];
  };
  const { source, metrics } = JSON.parse(readFileSync(CONVENTIONS, 'utf8')) as {
    source: string;
    metrics: Convention[];
  };
  expect(source).toContain(`v${SCHEMA_URL.split('/').at(-1)}`);
  const published = METRICS.filter(({ name }) => !isOwn(name));
  expect(published.length).toBeGreaterThan(5);
  for (const { name, instrument, unit, valueType } of published) {
    expect(metrics).toContainEqual(
      expect.objectContaining({ name, instrument, unit, value_type: valueType }),
    );
  }
  for (const { metric, attributes } of FIGURES.filter(({ metric: { name } }) => !isOwn(name))) {
    const allowed = metrics.find(({ name }) => name === metric.name)?.attributes;
    for (const attribute of Object.keys(attributes)) expect(allowed).toContain(attribute);
  }
  // A name of our own must not mean something else to everybody.
  for (const { name } of METRICS.filter((metric) => isOwn(metric.name)))
    expect(metrics.map((metric) => metric.name)).not.toContain(name);
});
