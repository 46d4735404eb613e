import { METRICS_QUERY_ABOUT, MetricsQueryName, type MetricsTable } from '@fettle/contract/metrics-query';
import { Argument, Command } from 'commander';
import { styleText } from 'node:util';
import { columnTitle, formatCell } from '../output/figure.ts';
import { renderCharts, type Canvas } from '../output/metrics-charts.ts';
import { renderOverview } from '../output/metrics-overview.ts';
import { isOverTime } from '../output/series.ts';
import { renderTable } from '../output/table.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane, type CommandContext } from './context.ts';
import { duration } from './duration.ts';

/** Widest that charts become: wider ones are hard to follow. */
const WIDEST = 120;
/** What the overview shows: half an hour, fine enough for a fleet that has just been started. */
const OVERVIEW = { lastMs: 30 * 60_000, stepMs: 20_000 };

type MetricsOptions = { last?: number; step?: number; machine?: string; limit?: number; sql?: boolean };

/** The command that asks what was measured. */
export function metricsCommand(): Command {
  return new Command('metrics')
    .description('what machines measured, over time; without a query an overview')
    .addArgument(new Argument('[query]', 'see below').choices(MetricsQueryName.options))
    .option(
      '--last <time>',
      'how far back: 30m, 6h, 7d (default: depends on the query)',
      duration(60_000, 90 * 86_400_000),
    )
    .option('--step <time>', 'width of a step over time: 30s, 5m, 1h', duration(1000, 86_400_000))
    .option('--machine <target>', `only this machine: ${TARGET_HELP}`)
    .option('--limit <rows>', 'most rows', count(1, 10_000))
    .option('--sql', 'print the SQL instead, as the SQL API takes it')
    .addHelpText('after', `\nQueries:\n${indent(listQueries())}\n`)
    .action(
      withControlPlane(async (context, name: MetricsQueryName | undefined, options: MetricsOptions) => {
        const { last: lastMs, step: stepMs, limit } = options;
        const machineId =
          options.machine === undefined ? undefined : await context.machineId(options.machine);
        const given = definedOf({ lastMs, stepMs, limit, machineId });
        const { client, project } = context;
        const table = await client.metrics.query(
          name === undefined
            ? { name: 'machine-history', project, ...OVERVIEW, ...given }
            : { name, project, ...given },
        );
        if (options.sql === true) context.print(table, () => table.sql);
        else if (name === undefined) showOverview(context, table);
        else context.print(table, () => renderAnswer(name, table, canvas()));
      }),
    );
}

function showOverview({ print }: CommandContext, table: MetricsTable): void {
  const queries = MetricsQueryName.options.map((name) => ({ name, about: METRICS_QUERY_ABOUT[name] }));
  print({ queries, overview: table }, () =>
    [
      table.rows.length === 0 ? 'nothing was measured lately' : renderOverview(table),
      `Queries, for \`fettle metrics QUERY\`:\n${indent(listQueries())}`,
    ].join('\n\n'),
  );
}

/** An answer for people: figures over time are drawn, the rest is a table. */
function renderAnswer(name: MetricsQueryName, table: MetricsTable, canvas: Canvas): string {
  const { columns, rows } = table;
  if (rows.length === 0) return `${METRICS_QUERY_ABOUT[name]}: none in that time`;
  if (isOverTime(table)) return renderCharts(table, canvas);
  return renderTable(
    columns.map(columnTitle),
    rows.map((row) => columns.map(({ name, unit }) => formatCell(row[name], unit))),
  );
}

function canvas(): Canvas {
  const { stdout } = process;
  return {
    width: Math.min(stdout.columns ?? 80, WIDEST),
    paint: (text) => styleText('cyan', text, { stream: stdout }),
  };
}

function listQueries(): string {
  return renderTable(
    ['query', 'what it answers'],
    MetricsQueryName.options.map((name) => [name, METRICS_QUERY_ABOUT[name]]),
  );
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

/** Without what was not given: the query's own defaults apply. */
function definedOf<T extends Record<string, unknown>>(all: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
