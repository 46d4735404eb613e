import type { LogLine, ProcessView } from '../contract.ts';

/** Rows of cells as text with aligned columns; the last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

/** One line per process: what it is doing, for how long, and why. */
export function formatStatus(processes: readonly ProcessView[], now: number): string {
  const header = ['NAME', 'STATE', 'FOR', 'HEALTH', 'PID', 'RUNS', 'RESTARTS', 'EXIT', 'WHY'];
  const rows = processes.map((view) => [
    view.name,
    view.state,
    formatDuration(now - view.stateSince),
    view.definition.health ? view.health.status : '-',
    view.pid === null ? '-' : String(view.pid),
    String(view.runs),
    String(view.restarts),
    view.signal ?? (view.exitCode === null ? '-' : String(view.exitCode)),
    view.message,
  ]);
  return formatTable([header, ...rows]);
}

export function formatLog({ at, stream, text }: LogLine): string {
  return `${new Date(at).toISOString()} ${stream.padEnd(6)} ${text}`;
}

/** A duration for people, in its largest unit and the one below: `3d 4h`, `5m 6s`, `7s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
