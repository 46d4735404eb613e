import type { MachineView } from '@fettle/contract/machine-view';
import { formatAge, formatDuration, formatLag } from './age.ts';
import { describeDiagnosis, describeHeld, describeTry } from './describe-incident.ts';
import { shortImage } from './fleet-rows.ts';
import { clean } from './table.ts';

/** Everything about one machine on a screen: labels left, one fact per line. */
export function describeMachine(view: MachineView): string {
  const { identity, now } = view;
  const lines: [string, string][] = [
    ['machine', `${identity.machineId}  (${identity.type}, generation ${identity.generation})`],
    ...(view.stale ? [OUT_OF_DATE] : []),
    ['phase', `${view.phase} for ${formatAge(view.phaseSince, now)}, wanted: ${view.desired}`],
    ['health', view.verdict === null ? 'not checked yet' : view.verdict.health],
    ...(view.verdict?.findings ?? []).map(({ code, message }): [string, string] => [
      '',
      `${code}: ${clean(message)}`,
    ]),
    ...(view.diagnosis === null
      ? []
      : [['where', describeDiagnosis(view.diagnosis)] satisfies [string, string]]),
    [
      'last check',
      `${formatAge(view.lastCheckAt, now)} ago${view.stale ? ', out of date' : ''}; next ${nextOf(view)}`,
    ],
    ['last tick', tickOf(view)],
    ['last report', view.lastReportAt === null ? 'none yet' : `${formatAge(view.lastReportAt, now)} ago`],
    ...providerLines(view),
    ...versionLines(view),
    ...view.services.map(({ name, state, health, restarts, pid }, index): [string, string] => [
      index === 0 ? 'services' : '',
      `${name}: ${state}, ${health}, ${restarts} restarts, pid ${pid ?? '-'}`,
    ]),
    ...resourceLines(view),
    ...incidentLines(view),
    ['last event', view.lastEvent === null ? '-' : clean(view.lastEvent.message)],
  ];
  return lines.map(([label, text]) => `${label.padEnd(12)} ${text}`).join('\n');
}

/** Nobody has looked for a while: nothing below it may be taken for the truth. */
const OUT_OF_DATE: [string, string] = [
  'OUT OF DATE',
  'the last check is too old; what follows was true then',
];

/** How late the object's alarm comes: what the watching itself is worth. */
function tickOf({ tick: { lastAt, lagMs, worstLagMs }, now }: MachineView): string {
  if (lastAt === null) return 'none yet';
  const lag = lagMs === null ? 'lag not measured' : `${formatLag(lagMs)} late`;
  const worst = worstLagMs === null ? '' : `, at worst ${formatLag(worstLagMs)} within the hour`;
  return `${formatAge(lastAt, now)} ago, ${lag}${worst}`;
}

function nextOf({ nextWakeAt, now }: MachineView): string {
  return nextWakeAt === null ? 'never: nothing needs watching' : `in ${formatDuration(nextWakeAt - now)}`;
}

function providerLines({ provider, now }: MachineView): [string, string][] {
  if (provider === null) return [];
  const { state, instanceId, startedAt, exitCode, diskPresent, lastCopy, host, trouble } = provider;
  const details = [
    startedAt === null ? [] : [`for ${formatAge(startedAt, now)}`],
    exitCode === null ? [] : [`exit code ${exitCode}`],
    instanceId === null ? [] : [instanceId],
    host === null ? [] : [`on ${host}`],
    diskPresent ? [] : ['its disk is gone'],
  ].flat();
  const copy =
    lastCopy === null
      ? 'none'
      : `${lastCopy.copyId}, ${formatAge(lastCopy.takenAt, now)} old${lastCopy.bytes === null ? '' : `, ${lastCopy.bytes} bytes`}`;
  return [
    ['provider', `${state}${details.length === 0 ? '' : ` (${details.map(clean).join(', ')})`}`],
    ...(trouble === null ? [] : [['', `the provider says: ${clean(trouble)}`] satisfies [string, string]]),
    ['last copy', copy],
  ];
}

function versionLines({ versions }: MachineView): [string, string][] {
  if (versions === null) return [['versions', 'not known yet']];
  return [
    ['versions', `platform ${versions.platform.slice(0, 12)}`],
    ['', `customer ${versions.customer.slice(0, 12)}`],
    ['', `image ${shortImage(versions.image)}`],
  ];
}

function resourceLines({ resources }: MachineView): [string, string][] {
  if (resources === null) return [];
  const { cpuPercent, memoryUsedMb, memoryTotalMb, diskUsedPercent } = resources;
  const known = (value: number | null): string => (value === null ? '?' : value.toFixed(0));
  const memory = `memory ${known(memoryUsedMb)} of ${known(memoryTotalMb)} MB`;
  return [['resources', `cpu ${known(cpuPercent)} %, ${memory}, disk ${known(diskUsedPercent)} %`]];
}

function incidentLines({ incident, now }: MachineView): [string, string][] {
  if (incident === null) return [['incident', 'none open']];
  return [
    ['incident', `${incident.number}, open for ${formatAge(incident.openedAt, now)}`],
    ...incident.tries.map((one): [string, string] => ['', describeTry(one)]),
    ...(incident.evidence.length === 0
      ? []
      : [['', `evidence: ${incident.evidence.join(', ')}`] satisfies [string, string]]),
    ...(incident.held === null ? [] : [['', describeHeld(incident.held)] satisfies [string, string]]),
  ];
}
