import type { DaemonHealth, ServiceStatus, VersionSet } from '@fettle/contract';
import type { PidnapClient } from '@fettle/pidnap/client';
import type { DiskLayout } from '../disk/layout.ts';
import { readRestartDue } from '../versions/restart-due.ts';
import { readCurrentSet } from '../versions/version-sets.ts';
import { log } from './log.ts';
import type { ResourceMeter } from './resource-meter.ts';
import { serviceStatuses } from '@fettle/core/service-status';

const PIDNAP_DEADLINE_MS = 1000;

/** What is the same in a report and in an answer to a direct question. */
export type MachineState = Pick<DaemonHealth, 'versions' | 'services' | 'pidnapAnswers' | 'resources'>;

/** Where the state comes from. */
export type StateSources = { disk: DiskLayout; image: string; pidnap: PidnapClient; meter: ResourceMeter };

/** Measures everything now. Never fails: what cannot be told is `null` or empty, with `pidnapAnswers` false. */
export async function readMachineState({ disk, image, pidnap, meter }: StateSources): Promise<MachineState> {
  const [services, versions, resources] = await Promise.all([
    readServices(pidnap).catch((error: unknown) => {
      log('warn', 'pidnap does not answer', { error });
      return null;
    }),
    readVersions(disk, image),
    meter.measure(),
  ]);
  return { services: services ?? [], pidnapAnswers: services !== null, versions, resources };
}

/** The services as pidnap sees them; throws when it does not answer in time. */
export async function readServices(pidnap: PidnapClient): Promise<ServiceStatus[]> {
  return serviceStatuses(await pidnap.list(undefined, { signal: AbortSignal.timeout(PIDNAP_DEADLINE_MS) }));
}

/**
 * What the machine runs. `null` before the first checkout, and between the switch to new versions and the restart of
 * what ran the old ones: health seen then proves nothing about either.
 */
export async function readVersions(disk: DiskLayout, image: string): Promise<VersionSet | null> {
  const current = await readCurrentSet(disk);
  if (current === null) return null;
  const due = await readRestartDue(disk, current.number);
  return due.length > 0 ? null : { ...current.versions, image };
}
