import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  BigValueGraphMode,
  LegendDisplayMode,
  ReduceDataOptionsBuilder,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { UNKNOWN } from '@fettle/metrics';
import { asTarget, clickhouseQuery, DATASOURCE } from './clickhouse-query.ts';

/** What every panel says of itself. `unit` is one of Grafana's unit ids. */
type PanelText = { title: string; about: string; unit?: string };

/** Half of the dashboard's 24 columns, and a third of them. */
export const HALF = 12;
export const THIRD = 8;

/** No step is narrower than two reports of a machine, which come every 30 s: a line would have holes. */
const NARROWEST_STEP = '1m';

/** Lines over time, from one or more statements. Holes stay holes. */
export function lines(text: PanelText, width: number, ...sql: string[]): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(text.title)
    .description(text.about)
    .datasource(DATASOURCE)
    .interval(NARROWEST_STEP)
    .span(width)
    .height(8)
    .spanNulls(false)
    .showPoints(VisibilityMode.Auto)
    .fillOpacity(8)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true));
  if (text.unit !== undefined) panel.unit(text.unit);
  for (const target of targets('time_series', sql)) panel.withTarget(target);
  return panel;
}

/** A table from one statement. Columns in `times` hold Unix milliseconds; the rest is shown as it comes. */
export function table(text: PanelText, width: number, sql: string, times: string[] = []): TableBuilder {
  const panel = new TableBuilder()
    .title(text.title)
    .description(text.about)
    .datasource(DATASOURCE)
    .span(width)
    .height(8)
    .mappings([
      { type: MappingType.ValueToText, options: { [String(UNKNOWN)]: { text: 'unknown', index: 0 } } },
    ]);
  for (const target of targets('table', [sql])) panel.withTarget(target);
  for (const name of times) panel.overrideByName(name, [{ id: 'unit', value: 'dateTimeAsIso' }]);
  return panel;
}

/** One number, green below `bad` and red from there on. */
export function stat(text: PanelText & { bad?: number }, width: number, sql: string): StatBuilder {
  const steps: Threshold[] = [{ value: null, color: 'green' }];
  if (text.bad !== undefined) steps.push({ value: text.bad, color: 'red' });
  const panel = new StatBuilder()
    .title(text.title)
    .description(text.about)
    .datasource(DATASOURCE)
    .span(width)
    .height(4)
    .noValue('0')
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
  for (const target of targets('table', [sql])) panel.withTarget(target);
  return panel;
}

function targets(format: 'time_series' | 'table', statements: string[]) {
  return statements.map((sql, at) => asTarget(clickhouseQuery(String.fromCodePoint(65 + at), sql, format)));
}
