import type { ProcessView } from '../../contract.ts';
import { formatTable, type Cell, type Column } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { formatDuration } from './time.ts';

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'FOR', align: 'right' },
  { title: 'HEALTH', spare: 1 },
  { title: 'PID', align: 'right', spare: 2 },
  { title: 'RUNS', align: 'right', spare: 3 },
  { title: 'RESTARTS', align: 'right', spare: 4 },
  { title: 'EXIT', spare: 5 },
  { title: 'WHY' },
];

/** One line per process: what it is doing, for how long, and why. */
export function formatStatus(processes: readonly ProcessView[], now: number, terminal: Terminal): string {
  const rows = processes.map((view): Cell[] => [
    view.name,
    stateCell(view),
    formatDuration(now - view.stateSince),
    healthCell(view),
    view.pid === null ? '-' : String(view.pid),
    String(view.runs),
    String(view.restarts),
    formatExit(view),
    formatWhy(view, now),
  ]);
  return formatTable(COLUMNS, rows, terminal);
}

/** The state, in the colour of how well that is. */
export function stateCell({ state }: Pick<ProcessView, 'state'>): Cell {
  return { text: state, style: STATE_STYLES[state] };
}

const STATE_STYLES: Record<ProcessView['state'], Style> = {
  pending: 'cyan',
  blocked: 'yellow',
  starting: 'cyan',
  running: 'green',
  stopping: 'yellow',
  'backing-off': 'yellow',
  scheduled: 'cyan',
  stopped: 'dim',
  completed: 'green',
  failed: 'red',
};

function healthCell({ definition, health }: ProcessView): Cell {
  if (!definition.health) return '-';
  if (health.status === 'healthy') return { text: health.status, style: 'green' };
  return health.status === 'unhealthy' ? { text: health.status, style: 'red' } : health.status;
}

/** How the last run ended: exit code, signal, `oom` for want of memory, or `-`. */
export function formatExit(run: {
  exitCode: number | null;
  signal: string | null;
  oomKilled: boolean;
}): string {
  if (run.oomKilled) return 'oom';
  return run.signal ?? (run.exitCode === null ? '-' : String(run.exitCode));
}

/** pidnap's message, after the time of the next start where one is set. */
export function formatWhy({ message, nextStartAt }: ProcessView, now: number): string {
  return nextStartAt === null ? message : `next start in ${formatDuration(nextStartAt - now)}: ${message}`;
}
