import type { MetricsColumn, MetricsTable } from '@fettle/contract';
import { column } from './layout.ts';
import { newest, ofType } from './queries/expressions.ts';
import { select, selectColumn, toSql } from './queries/statement.ts';
import { FIGURES, toUnit, type SemanticMetric } from './semantic-names.ts';

/** A machine that was not heard of for longer is not in the answer; Prometheus itself looks back as far. */
const WINDOW_SECONDS = 300;
/** One answer of Analytics Engine has no more rows. */
const MAX_MACHINES = 10_000;

const IDENTITY = ['machine', 'organization', 'project', 'slot', 'machineType'] as const;
const VERSIONS = ['platform', 'customer', 'image'] as const;

/** One statement for the newest figures of every machine of every project. A point written twice changes nothing. */
export function prometheusQuery(): { sql: string; columns: MetricsColumn[] } {
  const selected = [
    ...IDENTITY.map(selectColumn),
    select('time', 'time', `max(${column('measuredAt')})`),
    ...[...VERSIONS, ...FIGURES.map((figure) => figure.column)].map((name) => ({
      ...selectColumn(name),
      sql: newest(name),
    })),
  ];
  const sql = toSql({
    select: selected,
    where: [
      `timestamp > now() - INTERVAL '${WINDOW_SECONDS}' SECOND`,
      `${column('measuredAt')} > toUnixTimestamp(now()) - ${WINDOW_SECONDS}`,
      ofType('resource'),
    ],
    groupBy: IDENTITY,
    orderBy: ['machine'],
    limit: MAX_MACHINES,
  });
  return { sql, columns: selected.map(({ name, unit }) => ({ name, unit })) };
}

/**
 * Rows of that statement in the text format of Prometheus, 0.0.4. Names, `job` (`project/slot`), `instance` (machine)
 * and `target_info` are what Prometheus makes of the OTLP export, so that either way leads to the same series. Each
 * value has the time of its measurement: what is old is not shown as new. What a machine could not tell is left out.
 */
export function prometheusText(rows: MetricsTable['rows']): string {
  const families = new Map<string, Family>();
  for (const figure of FIGURES) {
    const name = prometheusName(figure.metric);
    const family = families.get(name) ?? { name, about: figure.metric.about, lines: [] };
    families.set(name, family);
    for (const row of rows) {
      const value = row[figure.column];
      if (typeof value !== 'number') continue;
      const labels = { ...seriesOf(row), ...figure.attributes };
      family.lines.push(lineOf(name, labels, toUnit(figure, value), row));
    }
  }
  return [...families.values(), targetInfo(rows)].map(familyText).join('');
}

type Row = MetricsTable['rows'][number];
type Labels = Readonly<Record<string, string>>;

/** Lines of one name, which belong together in the text. Everything here is a gauge: it goes up and down. */
export type Family = { name: string; about: string; lines: string[] };

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { By: 'bytes', s: 'seconds' };

/** The name of a metric by the rules between OpenTelemetry and Prometheus: unit at the end, `{annotations}` left out. */
export function prometheusName({ name, unit, instrument }: SemanticMetric): string {
  const unitSuffix = unit === '1' && instrument === 'gauge' ? 'ratio' : UNIT_SUFFIXES[unit];
  const total = instrument === 'counter' ? 'total' : undefined;
  return labelName([name, unitSuffix, total].filter((part) => part !== undefined).join('_'));
}

function targetInfo(rows: readonly Row[]): Family {
  const lines = rows.map((row) => {
    const about = {
      'host.id': text(row, 'machine'),
      'machine.org': text(row, 'organization'),
      'machine.project': text(row, 'project'),
      'machine.provider': text(row, 'machineType'),
      'container.image.id': text(row, 'image'),
      'vcs.ref.head.revision': text(row, 'customer'),
      'machine.platform.revision': text(row, 'platform'),
    };
    return lineOf('target_info', { ...seriesOf(row), ...about }, 1, row);
  });
  return { name: 'target_info', about: 'What a machine is and which versions it runs', lines };
}

/** A family in the text format; nothing where it has no lines. */
export function familyText({ name, about, lines }: Family): string {
  if (lines.length === 0) return '';
  return [`# HELP ${name} ${about}`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
}

/** The labels that every series of a machine has. */
export function seriesOf(row: Row): Labels {
  return { job: `${text(row, 'project')}/${text(row, 'slot')}`, instance: text(row, 'machine') };
}

/** One sample, with the time of its measurement. */
export function lineOf(name: string, labels: Labels, value: number, row: Row): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${labelName(label)}="${escapeLabel(of)}"`);
  return `${name}{${pairs.join(',')}} ${value} ${Math.round(Number(row.time) * 1000)}`;
}

function labelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]+/g, '_');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function text(row: Row, name: string): string {
  return String(row[name] ?? '');
}
