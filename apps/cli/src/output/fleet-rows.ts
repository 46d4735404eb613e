import type { MachineView } from '@fettle/contract/machine-view';
import type { ProjectView } from '@fettle/contract/project-view';
import type { VersionSet } from '@fettle/contract/version-set';
import { formatAge, formatLag } from './age.ts';

/** Headings that belong to `fleetRow`. */
export const FLEET_COLUMNS = [
  'slot',
  'machine',
  'phase',
  'since',
  'level',
  'trouble',
  'versions',
  'checked',
  'lag',
  'last event',
] as const;

/** One line of the fleet: a slot and the machine that stands for it now. Also what `--json` prints. */
export type FleetLine = {
  slot: string;
  /** The machine that the slot leads to; `null` while it leads to none. */
  routedTo: string | null;
  /** That machine, or the one that is to take its place. */
  machineId: string | null;
  phase: string;
  machine: MachineView | null;
  plan: ProjectView['slots'][number]['plan'];
};

/** The slots of a project with what is known of their machines. */
export function fleetLines(project: ProjectView, machines: readonly MachineView[]): FleetLine[] {
  return project.slots.map(({ slot, machineId, machines: ids, plan, phase }) => {
    const shown = machineId ?? plan?.newMachineId ?? ids[0] ?? null;
    const machine = machines.find(({ identity }) => identity.machineId === shown) ?? null;
    return {
      slot,
      routedTo: machineId,
      machineId: shown,
      phase: machine?.phase ?? phase ?? 'new',
      machine,
      plan,
    };
  });
}

/** Machines that are in no slot any more: given up, replaced, or waiting for their clean-up. */
export function machinesBesides(
  lines: readonly FleetLine[],
  machines: readonly MachineView[],
): MachineView[] {
  const shown = new Set(lines.map((line) => line.machineId));
  return machines.filter(({ identity, phase }) => !shown.has(identity.machineId) && phase !== 'destroyed');
}

/** The cells of one slot. */
export function fleetRow({ slot, routedTo, machineId, machine, phase }: FleetLine): string[] {
  const id = machineId === null ? '-' : routedTo === null ? `(${machineId})` : machineId;
  if (machine === null) return [slot, id, phase, ...FLEET_COLUMNS.slice(3).map(() => '-')];
  return [slot, id, ...machineCells(machine)];
}

/** The cells of a machine that stands for no slot. */
export function strayRow(machine: MachineView): string[] {
  return ['', machine.identity.machineId, ...machineCells(machine)];
}

function machineCells(machine: MachineView): string[] {
  const { phase, phaseSince, versions, level, lastCheckAt, lastEvent, now, stale, tick } = machine;
  return [
    // What nobody has looked at for a while is not known to be so any more.
    stale ? `unknown (was ${phase})` : phase,
    formatAge(phaseSince, now),
    level === null ? '-' : String(level),
    troubleOf(machine),
    formatVersions(versions),
    `${formatAge(lastCheckAt, now)}${stale ? ' (old)' : ''}`,
    tick.lagMs === null ? '-' : formatLag(tick.lagMs),
    lastEvent === null ? '-' : lastEvent.message,
  ];
}

/** Why nothing is done at the moment, else where the failure lies; and whether the policy only watches. */
function troubleOf({ incident, diagnosis }: MachineView): string {
  const held = incident?.held ?? null;
  const where = diagnosis?.domain ?? incident?.diagnosis.domain ?? '-';
  const isWatched = held?.reason === 'shadow-mode' || incident?.tries.at(-1)?.outcome === 'shadow';
  const what = held === null || held.reason === 'shadow-mode' ? where : `held: ${held.reason}`;
  return isWatched ? `${what} (shadow mode)` : what;
}

/** A line that says so when the project only watches; empty when it acts. */
export function modeNote({ policy }: ProjectView): string {
  return policy.mode === 'shadow' ? 'SHADOW MODE: recovery is decided and recorded, and not carried out' : '';
}

/** The commits of a version set in short: platform first, then customer. */
export function formatVersions(versions: VersionSet | null): string {
  if (versions === null) return '-';
  return `p:${versions.platform.slice(0, 7)} c:${versions.customer.slice(0, 7)}`;
}

/** Image hash in short; the algorithm's name says nothing that helps. */
export function shortImage(image: string): string {
  return image.replace(/^sha256:/, '').slice(0, 12);
}

/**
 * Whether all slots lead to a machine that was found healthy by a check after `since` (control plane's clock): what
 * was stored before a restart says nothing about now.
 */
export function isFleetHealthy(lines: readonly FleetLine[], since: number): boolean {
  return lines.every(
    ({ routedTo, machine }) =>
      routedTo !== null &&
      machine?.phase === 'healthy' &&
      !machine.stale &&
      machine.verdict?.health === 'healthy' &&
      machine.lastCheckAt !== null &&
      machine.lastCheckAt >= since,
  );
}
