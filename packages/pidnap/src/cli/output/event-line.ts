import type { PidnapEvent } from '../../contract.ts';
import { clean } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatClock, formatShortDuration } from './time.ts';

/** A change as one line: when, who, from what to what, and why. */
export function formatEvent(event: PidnapEvent, terminal: Terminal): string {
  const time = terminal.paint(
    'dim',
    terminal.isTty ? formatClock(event.at) : new Date(event.at).toISOString(),
  );
  switch (event.type) {
    case 'snapshot':
      return `${time} ${event.processes.map(({ name, state }) => `${name}: ${state}`).join(', ') || 'no processes'}`;
    case 'state': {
      const { from, to, durationMs, process } = event;
      const spent = from === null ? '' : ` after ${formatShortDuration(durationMs)}`;
      const change = from === null ? `known, ${to}` : `${from} -> ${to ?? 'gone'}${spent}`;
      return `${time} ${terminal.paint('bold', event.name)} ${change}: ${clean(process.message)}`;
    }
    case 'health': {
      const { from, to, process } = event;
      return `${time} ${terminal.paint('bold', event.name)} ${from} -> ${to}: ${clean(process.health.message)}`;
    }
    default:
      return event satisfies never;
  }
}
