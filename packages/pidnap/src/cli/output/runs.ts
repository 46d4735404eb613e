import type * as v from 'valibot';
import type { RunView } from '../../contract.ts';
import { formatExit } from './status.ts';
import { formatTable, type Cell, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatMoment, formatShortDuration } from './time.ts';

const COLUMNS: readonly Column[] = [
  { title: 'RUN', align: 'right' },
  { title: 'PID', align: 'right', spare: 3 },
  { title: 'STARTED' },
  { title: 'WAITED', align: 'right', spare: 1 },
  { title: 'HEALTHY AFTER', align: 'right', spare: 2 },
  { title: 'RAN FOR', align: 'right' },
  { title: 'EXIT' },
  { title: 'WHY' },
];

/** The runs of a process, newest first, with the time each of their parts took. */
export function formatRuns(runs: readonly v.InferOutput<typeof RunView>[], terminal: Terminal): string {
  const rows = runs.map((run): Cell[] => [
    String(run.run),
    run.pid === null ? '-' : String(run.pid),
    run.startedAt === null ? '-' : formatMoment(run.startedAt),
    span(run.waitedMs),
    span(run.toHealthyMs),
    span(run.durationMs),
    exitCell(run),
    run.message === '' && run.stoppedAt === null ? 'is up' : run.message,
  ]);
  return formatTable(COLUMNS, rows, terminal);
}

function exitCell(run: v.InferOutput<typeof RunView>): Cell {
  const text = formatExit(run);
  if (text === '-') return text;
  return { text, style: text === '0' ? 'green' : 'yellow' };
}

function span(ms: number | null): string {
  return ms === null ? '-' : formatShortDuration(ms);
}
