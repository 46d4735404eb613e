import type { ProcessView } from '../../contract.ts';
import { formatExit, stateCell } from './status.ts';
import { clean } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatDuration, formatMoment, formatShortDuration } from './time.ts';

/** Everything about one process that helps to understand it, one fact per line; what does not apply is left out. */
export function formatDetails(view: ProcessView, now: number, terminal: Terminal): string {
  const state = stateCell(view);
  const word = typeof state === 'string' ? state : terminal.paint(state.style, state.text);
  const head = `${terminal.paint('bold', view.name)}  ${word} for ${formatDuration(now - view.stateSince)}`;
  const facts = [...ofNow(view, now), ...ofRun(view, now), ...ofDefinition(view)];
  return [
    head,
    ...facts.map(([name, value]) => `  ${terminal.paint('dim', name.padEnd(11))} ${clean(value)}`),
  ].join('\n');
}

type Fact = readonly [name: string, value: string];

function ofNow(view: ProcessView, now: number): Fact[] {
  const { definition, health, nextStartAt, killAt } = view;
  const failures = health.failures > 0 ? `, ${health.failures} failed in a row` : '';
  const message = health.message === '' ? '' : `: ${health.message}`;
  return [
    ['why', view.message],
    ...when(view.desired === 'down', ['wanted', 'down']),
    ...when(definition.health !== undefined, ['health', `${health.status}${failures}${message}`]),
    ...view.blockedOn.map(({ process, condition, state }): Fact => [
      'waits for',
      `${process} to be ${condition} (${state ?? 'not known'})`,
    ]),
    ...(nextStartAt === null ? [] : [['next start', inFuture(nextStartAt, now)] as const]),
    ...(killAt === null ? [] : [['killed', inFuture(killAt, now)] as const]),
  ];
}

function ofRun(view: ProcessView, now: number): Fact[] {
  const { pid, runs, restarts, skippedRuns, startedAt, healthyAt, definition, durationMs, exitCode, signal } =
    view;
  const isUp = pid !== null;
  const restarted = restarts > 0 ? `, ${restarts} of them restarts` : '';
  const skipped = skippedRuns > 0 ? `, ${skippedRuns} left out` : '';
  const took = isUp || durationMs === null ? '' : `, ran for ${formatShortDuration(durationMs)}`;
  const healthy =
    definition.health && startedAt !== null && healthyAt !== null
      ? `, healthy after ${formatShortDuration(healthyAt - startedAt)}`
      : '';
  return [
    ...(pid === null ? [] : [['pid', String(pid)] as const]),
    ['runs', `${runs}${restarted}${skipped}`],
    ...(startedAt === null
      ? []
      : [
          [
            isUp ? 'started' : 'last run',
            `${formatMoment(startedAt)} (${formatDuration(now - startedAt)} ago)${healthy}${took}`,
          ] as const,
        ]),
    ...when(exitCode !== null || signal !== null, ['last exit', formatExit(view)]),
  ];
}

function ofDefinition({ definition, source }: ProcessView): Fact[] {
  const { command, cwd, restart, schedule, dependsOn } = definition;
  const needs = dependsOn.map(({ process }) => process).join(', ');
  return [
    ['command', formatCommand(command)],
    ['cwd', cwd],
    ['restart', restart],
    ...(schedule
      ? [['schedule', [schedule.cron, schedule.timezone].filter(Boolean).join(' ')] as const]
      : []),
    ...when(needs !== '', ['depends on', needs]),
    ['defined', source === 'api' ? 'through the API' : 'in the config file'],
  ];
}

function when(holds: boolean, fact: Fact): Fact[] {
  return holds ? [fact] : [];
}

function inFuture(at: number, now: number): string {
  return `${formatMoment(at)} (in ${formatDuration(at - now)})`;
}

/** A command as one would type it. */
export function formatCommand(command: readonly string[]): string {
  const [shell, option, text] = command;
  if (command.length === 3 && shell === '/bin/sh' && option === '-c' && text !== undefined) return text;
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
