/**
 * Versions that no machine is brought to any more: one incident of the whole project says so, and machines that run
 * them go back. A person can lift it.
 */
import type { Policy, ProjectIncident, VersionSet } from '@fettle/contract';
import { auditText } from '../audit.ts';
import { sameVersions, shortVersions } from '../machine/ledger.ts';
import { blamedVersions } from './blame.ts';
import type { ProjectRecord } from './record.ts';
import { leaveQuarantined } from './rollout/leave-quarantined.ts';
import { isQuarantined, runnersOf } from './slot-state.ts';
import { startVersions } from './start-versions.ts';
import { notify, refuse, tellAudit, update, type ProjectTurn } from './turn.ts';
import { wayBack } from './way-back.ts';

/** More than anybody overlooks; the oldest go first. */
const MOST_INCIDENTS = 50;
const MOST_QUARANTINES = 100;

/** A person quarantines versions. Again it changes nothing. */
export function onQuarantined(
  turn: ProjectTurn,
  { versions, reason }: { versions: VersionSet; reason: string },
): void {
  if (isQuarantined(turn.record, versions)) return;
  if (!isKnown(turn.record, versions)) return refuseUnknown(turn, versions);
  const machines = runnersOf(turn.record, versions)
    .filter(({ told }) => told.incidentAt !== null)
    .map(({ told }) => told.machineId);
  quarantine(turn, { versions, by: 'person', reason, machines });
}

/** A person has looked. What got sick with these versions until now is not held against them. */
export function onQuarantineLifted(
  turn: ProjectTurn,
  { versions, reason }: { versions: VersionSet; reason: string },
): void {
  const { record, now } = turn;
  if (!isQuarantined(record, versions))
    return isKnown(record, versions) ? undefined : refuseUnknown(turn, versions);
  const isIt = (one: { versions: VersionSet }) => sameVersions(one.versions, versions);
  update(turn, {
    quarantines: record.quarantines.filter((one) => !isIt(one)),
    sickened: record.sickened.map((one) => (isIt(one) ? { ...one, isForgiven: true } : one)),
    incidents: record.incidents.map((one) =>
      isIt(one) && one.closedAt === null ? { ...one, closedAt: now } : one,
    ),
  });
  const message = `${shortVersions(versions)} may be used again: ${reason}`;
  notify(turn, { kind: 'quarantine-lifted', slot: null, machineId: null, message });
}

/** Quarantines what is to blame now. */
export function blameVersions(turn: ProjectTurn): void {
  for (const { versions, sick, of } of blamedVersions(turn.record)) {
    const reason = `${sick.length} of ${of} machines got sick within ${timeOf(turn.record.policy)} of coming to it`;
    const machines = sick.map(({ machineId }) => machineId);
    const after = auditText({ versions, reason, machines });
    tellAudit(turn, { action: 'version.quarantined', subject: turn.record.project, before: null, after });
    quarantine(turn, { versions, by: 'blame', reason, machines });
  }
}

/** Adds machines that got sick with quarantined versions to their incident, and closes it when nobody runs them. */
export function keepIncidents(turn: ProjectTurn): void {
  const { record, now } = turn;
  const kept = record.incidents.map((incident) => keptIncident(record, incident, now));
  if (kept.some((incident, index) => incident !== record.incidents[index])) update(turn, { incidents: kept });
}

function keptIncident(record: ProjectRecord, incident: ProjectIncident, now: number): ProjectIncident {
  if (incident.closedAt !== null) return incident;
  const runners = runnersOf(record, incident.versions);
  if (runners.length === 0) return { ...incident, closedAt: now };
  const sick = runners.filter(({ told }) => told.incidentAt !== null).map(({ told }) => told.machineId);
  const machines = [...new Set([...incident.machines, ...sick])];
  return machines.length === incident.machines.length ? incident : { ...incident, machines };
}

type New = { versions: VersionSet; by: 'blame' | 'person'; reason: string; machines: string[] };

function quarantine(turn: ProjectTurn, { versions, by, reason, machines }: New): void {
  const { record, now } = turn;
  update(turn, {
    quarantines: [...record.quarantines, { versions, since: now, by, reason, machines, leftAlone: [] }].slice(
      -MOST_QUARANTINES,
    ),
  });
  const runners = runnersOf(turn.record, versions);
  const message = `${shortVersions(versions)} is quarantined: ${reason}. ${wayOut(turn.record, versions)}`;
  notify(turn, { kind: 'version-quarantined', slot: null, machineId: null, message });
  if (runners.length > 0) openIncident(turn, { versions, machines, message });
  startOthers(turn);
  leaveQuarantined(turn, versions);
}

function openIncident(
  turn: ProjectTurn,
  incident: { versions: VersionSet; machines: string[]; message: string },
): void {
  const { incidents } = turn.record;
  const number = (incidents[0]?.number ?? 0) + 1;
  const opened = { number, cause: 'version' as const, ...incident, openedAt: turn.now, closedAt: null };
  update(turn, { incidents: [opened, ...incidents].slice(0, MOST_INCIDENTS) });
}

/** New machines that were not asked for yet start with something else, where there is something else. */
function startOthers(turn: ProjectTurn): void {
  const { record } = turn;
  update(turn, {
    pending: record.pending.map((action) => {
      if (action.do !== 'provision' || action.sends > 0) return action;
      return { ...action, ...startVersions(record, action) };
    }),
  });
}

function wayOut(record: ProjectRecord, versions: VersionSet): string {
  const runners = runnersOf(record, versions);
  if (runners.length === 0) return 'No machine runs it';
  const ways = runners.flatMap(({ slot }) => wayBack(record, slot, versions) ?? []);
  const [first] = ways;
  if (first === undefined) return 'Nothing else is proven in this project, so that no machine can go back';
  return ways.every((one) => sameVersions(one, first))
    ? `Machines go back to ${shortVersions(first)}`
    : 'Machines go back to what their slots have proven';
}

/** Run or proven here, now or before. */
function isKnown(record: ProjectRecord, versions: VersionSet): boolean {
  const known = [
    ...record.told.map((one) => one.versions),
    ...record.proven.map((one) => one.versions),
    ...record.incidents.map((one) => one.versions),
    ...record.sickened.map((one) => one.versions),
    ...(record.rollout?.before.map((one) => one.versions) ?? []),
    record.rollout?.versions ?? null,
  ];
  return known.some((one) => sameVersions(one, versions));
}

function refuseUnknown(turn: ProjectTurn, versions: VersionSet): void {
  refuse(turn, 'NOT_FOUND', `No machine of this project runs or ran ${shortVersions(versions)}`);
}

function timeOf({ blame }: Policy): string {
  return `${Math.round(blame.withinMs / 60_000)} min`;
}
