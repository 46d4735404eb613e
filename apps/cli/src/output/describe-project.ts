import type { ProjectView } from '@fettle/contract/project-view';
import { formatAge, formatClock, formatDuration, formatLag } from './age.ts';
import { modeNote } from './fleet-rows.ts';
import { clean, renderTable } from './table.ts';

/** A project on a screen: what holds its recovery, how well it is watched, and its slots. */
export function describeProject(view: ProjectView): string {
  const { organization, project, stormGuard, now } = view;
  const facts: [string, string][] = [
    ['project', `${organization}/${project}`],
    ...(modeNote(view) === '' ? [] : [['', modeNote(view)] satisfies [string, string]]),
    ['storm guard', stormGuard === null ? 'quiet' : clean(stormGuard)],
    ...overrideLines(view),
    ...watchLines(view),
  ];
  const slots = view.slots.map(({ slot, machineId, phase, plan, machines }) => [
    slot,
    machineId ?? '-',
    phase ?? '-',
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
    renderTable(['slot', 'machine', 'phase', 'machines so far', 'plan'], slots),
    ...(retired.length === 0 ? [] : [renderTable(['replaced', 'slot', 'retired', 'clean-up'], retired)]),
  ].join('\n\n');
}

function overrideLines({ guardOverride, now }: ProjectView): [string, string][] {
  if (guardOverride === null || guardOverride.until <= now) return [];
  const { until, reason } = guardOverride;
  const left = formatDuration(until - now);
  return [['', `passed by a person until ${formatClock(until)}, for ${left} more: ${clean(reason)}`]];
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
