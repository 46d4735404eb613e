import type { MetricsTable } from '@fettle/contract/metrics-query';
import { sparkline } from './blocks.ts';
import { formatFigure } from './figure.ts';
import { seriesOf, type Series } from './series.ts';
import { renderTable } from './table.ts';

const CELLS = 20;

/** Cpu and memory of each machine, now and lately, out of an answer to `machine-history`. */
export function renderOverview(table: MetricsTable): string {
  const { series } = seriesOf(table, CELLS);
  const rows = [...Map.groupBy(series, ({ of }) => of)].map(([machine, own]) => {
    const figure = (name: string): Series | undefined => own.find(({ column }) => column.name === name);
    const [cpu, used, total] = ['cpuPercent', 'memoryUsedMb', 'memoryTotalMb'].map(figure);
    return [
      machine,
      now(cpu),
      cpu === undefined ? '' : sparkline(cpu.cells, 100),
      total === undefined ? now(used) : `${now(used)} of ${now(total)}`,
      used === undefined ? '' : sparkline(used.cells, total?.most ?? used.most),
    ];
  });
  return renderTable(['machine', 'cpu', 'of its processors', 'memory', 'of its memory'], rows);
}

function now(series: Series | undefined): string {
  return series === undefined ? '-' : formatFigure(series.newest, series.column.unit);
}
