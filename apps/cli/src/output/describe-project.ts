import type { ProjectView } from '@fettle/contract/project-view';
import { formatAge, formatClock, formatDuration, formatLag } from './age.ts';
import { describeIncidents, QUARANTINE_COLUMNS, quarantineRow } from './describe-quarantines.ts';
import { summarizeRollout } from './describe-rollout.ts';
import { formatVersions, modeNote } from './fleet-rows.ts';
import { clean, renderTable } from './table.ts';

/** A project on a screen: what holds its recovery, how well it is watched, and its slots. */
export function describeProject(view: ProjectView): string {
  const { organization, project, stormGuard, now } = view;
  const facts: [string, string][] = [
    ['project', `${organization}/${project}`],
    ...(modeNote(view) === '' ? [] : [['', modeNote(view)] satisfies [string, string]]),
    ['storm guard', stormGuard === null ? 'quiet' : clean(stormGuard)],
    ...overrideLines(view),
    ...rolloutLines(view),
    ...watchLines(view),
  ];
  const pinned = new Set(view.pins.map(({ slot }) => slot));
  const slots = view.slots.map(({ slot, machineId, phase, plan, machines, versions }) => [
    slot,
    machineId ?? '-',
    phase ?? '-',
    `${formatVersions(versions)}${pinned.has(slot) ? ' (pinned)' : ''}`,
    String(machines.length),
    plan === null ? '-' : `${plan.kind}: ${plan.message} (${formatAge(plan.startedAt, now)})`,
  ]);
  const retired = view.retired.map(({ machineId, slot, retiredAt, cleanUpAt }) => [
    machineId,
    slot,
    `${formatAge(retiredAt, now)} ago`,
    `in ${formatDuration(cleanUpAt - now)}`,
  ]);
  return [
    facts.map(([label, text]) => `${label.padEnd(12)} ${text}`).join('\n'),
    renderTable(['slot', 'machine', 'phase', 'versions', 'machines so far', 'plan'], slots),
    ...(retired.length === 0 ? [] : [renderTable(['replaced', 'slot', 'retired', 'clean-up'], retired)]),
    ...(view.quarantines.length === 0
      ? []
      : [
          renderTable(
            QUARANTINE_COLUMNS,
            view.quarantines.map((one) => quarantineRow(one, now)),
          ),
        ]),
    ...describeIncidents(
      view.incidents.filter(({ closedAt }) => closedAt === null),
      now,
    ),
  ].join('\n\n');
}

function overrideLines({ guardOverride, now }: ProjectView): [string, string][] {
  if (guardOverride === null || guardOverride.until <= now) return [];
  const { until, reason } = guardOverride;
  const left = formatDuration(until - now);
  return [['', `passed by a person until ${formatClock(until)}, for ${left} more: ${clean(reason)}`]];
}

/** The rollout that goes on or was the last, and who is left out of every one. */
function rolloutLines({ rollout, pins }: ProjectView): [string, string][] {
  return [
    ...(rollout === null ? [] : [['rollout', summarizeRollout(rollout)] satisfies [string, string]]),
    ...pins.map(({ slot, reason }, index): [string, string] => [
      index === 0 ? 'pinned' : '',
      `${slot}: ${clean(reason)}`,
    ]),
  ];
}

/** What the last sweep found. A watch that is out of date says nothing, and is not shown as if it did. */
function watchLines({ watch, now }: ProjectView): [string, string][] {
  if (watch === null) return [['watch', 'no sweep yet']];
  const swept = `swept ${formatAge(watch.sweptAt, now)} ago`;
  if (watch.stale)
    return [['watch', `OUT OF DATE: ${swept}; nobody looks after machines whose alarm is lost`]];
  const lag =
    watch.worstLagMs === null
      ? 'no ticks yet'
      : `ticks ${formatLag(watch.medianLagMs ?? watch.worstLagMs)} late in the median, ${formatLag(watch.worstLagMs)} at worst`;
  const groups: [string, string[]][] = [
    ['out of date', watch.staleMachines],
    ['silent', watch.silentMachines],
    ['armed again', watch.rearmed],
  ];
  return [
    ['watch', `${swept}: ${watch.machines} ${watch.machines === 1 ? 'machine' : 'machines'}, ${lag}`],
    ...groups
      .filter(([, machines]) => machines.length > 0)
      .map(([what, machines]): [string, string] => ['', `${what}: ${machines.join(', ')}`]),
  ];
}
