/** Points about the watchers themselves: how late each machine's object wakes, and what a sweep of a fleet found. */
import type { MachineIdentity, VersionSet } from '@fettle/contract';
import type { DataPoint } from './encode.ts';
import { UNKNOWN } from './layout.ts';

/** How late the object of one machine is. `null` where it never woke yet. */
export type WatchFigures = {
  tickLagMs: number | null;
  worstTickLagMs: number | null;
  sinceTickMs: number | null;
  stale: boolean;
};

/** What one sweep of a project found. */
export type SweepFigures = {
  watchedMachines: number;
  medianLagMs: number | null;
  worstLagMs: number | null;
  staleMachines: number;
  silentObjects: number;
  rearmedMachines: number;
};

/** A `watch` point. `now`: Unix milliseconds. Each is written once, and counts in no boot. */
export function encodeWatch(
  identity: MachineIdentity,
  versions: VersionSet | null,
  now: number,
  figures: WatchFigures,
): DataPoint {
  const { machineId, organization, project, type, slot } = identity;
  return point(
    machineId,
    [organization, project, type, 'watch', slot],
    versions,
    [
      figures.tickLagMs ?? UNKNOWN,
      figures.worstTickLagMs ?? UNKNOWN,
      figures.sinceTickMs ?? UNKNOWN,
      figures.stale ? 1 : 0,
    ],
    now,
    [],
  );
}

/** A `sweep` point. It is of no machine, so that no question about machines meets it. */
export function encodeSweep(
  { organization, project, type }: Pick<MachineIdentity, 'organization' | 'project' | 'type'>,
  now: number,
  figures: SweepFigures,
): DataPoint {
  return point(
    '',
    [organization, project, type, 'sweep', ''],
    null,
    [
      figures.watchedMachines,
      figures.medianLagMs ?? UNKNOWN,
      figures.worstLagMs ?? UNKNOWN,
      figures.staleMachines,
    ],
    now,
    [figures.silentObjects, figures.rearmedMachines],
  );
}

function point(
  index: string,
  [organization, project, machineType, metricType, slot]: [string, string, string, string, string],
  versions: VersionSet | null,
  first: [number, number, number, number],
  now: number,
  behind: number[],
): DataPoint {
  const { platform = '', customer = '', image = '' } = versions ?? {};
  return {
    indexes: [index],
    blobs: [
      organization,
      project,
      machineType,
      metricType,
      '',
      '',
      slot,
      platform,
      customer,
      image,
      '',
      '',
      '',
      '',
      '',
    ],
    doubles: [...first, now / 1000, 0, 0, ...behind],
  };
}
