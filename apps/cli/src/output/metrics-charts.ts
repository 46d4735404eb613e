import type { MetricsTable } from '@fettle/contract/metrics-query';
import { formatDuration } from './age.ts';
import { drawBlocks, sparkline } from './blocks.ts';
import { columnTitle, formatFigure } from './figure.ts';
import { seriesOf, type Series, type SeriesSet } from './series.ts';
import { clean, renderTable } from './table.ts';

/** How an answer is drawn: columns of the terminal, and how the drawing itself is coloured. */
export type Canvas = { width: number; paint: (text: string) => string };

const CHART_LINES = 4;
/** More than this are shown in one line each. */
const MOST_CHARTS = 6;
const SPARKLINE_WIDTH = 24;
const LABEL_WIDTH = 9;

/** Figures over time, as one chart each or, where they are many, as a line each. Figures that never change are said. */
export function renderCharts(table: MetricsTable, canvas: Canvas): string {
  const set = seriesOf(table, canvas.width - LABEL_WIDTH - 3);
  const moving = set.series.filter(({ least, most }) => least < most);
  const blocks =
    moving.length === 0 || moving.length > MOST_CHARTS
      ? [renderLines(seriesOf(table, SPARKLINE_WIDTH))]
      : [...chartsOf(set, moving, canvas), ...constantLines(set.series)];
  return [timeLine(set), ...blocks].join('\n\n');
}

function timeLine({ from, to, stepSeconds }: SeriesSet): string {
  const span = `${formatFigure(from, 'time')} to ${formatFigure(to, 'time')} (utc)`;
  return from === to
    ? `${formatFigure(from, 'time')} (utc)`
    : `${span}, steps of ${formatDuration(stepSeconds * 1000)}`;
}

/** All charts of one figure have the same height for the same value. */
function chartsOf(set: SeriesSet, series: readonly Series[], canvas: Canvas): string[] {
  return series.map((one) => {
    const max = Math.max(
      ...series.filter(({ column }) => column.name === one.column.name).map(({ most }) => most),
    );
    return drawChart(one, { set, max, canvas });
  });
}

function drawChart(
  { of, column, cells, newest, least, most }: Series,
  { set, max, canvas }: { set: SeriesSet; max: number; canvas: Canvas },
): string {
  const figure = (value: number): string => formatFigure(value, column.unit);
  const wide = cells.flatMap((cell) =>
    Array.from({ length: stretch(cells.length, canvas.width) }, () => cell),
  );
  const labels = [figure(max), ...Array.from({ length: CHART_LINES - 2 }, () => ''), figure(0)];
  const lines = drawBlocks(wide, { height: CHART_LINES, max }).map(
    (line, index) => `${labels[index]!.padStart(LABEL_WIDTH)} ┤${canvas.paint(line.trimEnd())}`,
  );
  const axis = `${' '.repeat(LABEL_WIDTH + 2)}${axisText(set, wide.length)}`;
  const title = [clean(of), columnTitle(column)].filter((part) => part !== '').join('  ');
  const said = `newest ${figure(newest)}, least ${figure(least)}, most ${figure(most)}`;
  return [`${title}: ${said}`, ...lines, axis].join('\n');
}

/** Few steps are drawn wider, but not so wide that they look like many. */
function stretch(cells: number, width: number): number {
  return Math.min(Math.max(Math.floor((width - LABEL_WIDTH - 3) / cells), 1), 4);
}

/** Times of the first and the last step, where both have room below the drawing. */
function axisText(set: SeriesSet, width: number): string {
  const [left, right] = [axisTime(set.from, set), axisTime(set.to, set)];
  const room = width - left.length - right.length;
  return room < 1 ? left : `${left}${' '.repeat(room)}${right}`;
}

function axisTime(time: number, { from, to }: SeriesSet): string {
  const text = formatFigure(time, 'time');
  if (to - from >= 86_400) return text.slice(5, 16);
  return to - from < 600 ? text.slice(11) : text.slice(11, 16);
}

function constantLines(series: readonly Series[]): string[] {
  const lines = series
    .filter(({ least, most }) => least === most)
    .map(({ of, column, newest }) =>
      [clean(of), `${columnTitle(column)}: ${formatFigure(newest, column.unit)} all the time`]
        .filter((part) => part !== '')
        .join('  '),
    );
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** One line for each series; the same figure has the same height for the same value. */
function renderLines({ series }: SeriesSet): string {
  const most = new Map<string, number>();
  for (const { column, most: own } of series)
    most.set(column.name, Math.max(own, most.get(column.name) ?? 0));
  const isNamed = series.some(({ of }) => of !== '');
  return renderTable(
    [...(isNamed ? ['of'] : []), 'figure', 'over time', 'newest', 'least', 'most'],
    series.map(({ of, column, cells, newest, least, most: own }) => [
      ...(isNamed ? [of] : []),
      columnTitle(column),
      sparkline(cells, most.get(column.name)!),
      ...[newest, least, own].map((value) => formatFigure(value, column.unit)),
    ]),
  );
}
