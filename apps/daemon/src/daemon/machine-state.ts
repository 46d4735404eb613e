import type { DaemonHealth, ServiceStatus, VersionSet } from '@fettle/contract';
import { serviceStatuses } from '@fettle/core/service-status';
import type { PidnapClient } from '@fettle/pidnap/client';
import type { ResourceMeter } from '../collectors/resource-meter.ts';
import { withDeadline } from '../rpc/with-deadline.ts';
import { log } from './log.ts';

const PIDNAP_DEADLINE_MS = 1000;

/** What is the same in a report and in an answer to a direct question. */
export type MachineState = Pick<DaemonHealth, 'versions' | 'services' | 'pidnapAnswers' | 'resources'>;

/** Where the state comes from. */
export type StateSources = {
  versions: () => VersionSet | null;
  pidnap: PidnapClient;
  meter: ResourceMeter;
};

/** Measures everything now. Never fails: what cannot be told is `null` or empty, with `pidnapAnswers` false. */
export async function readMachineState(sources: StateSources): Promise<MachineState> {
  const services = await readServices(sources.pidnap).catch((error: unknown) => {
    log('warn', 'pidnap does not answer', { error });
    return null;
  });
  return {
    services: services ?? [],
    pidnapAnswers: services !== null,
    versions: sources.versions(),
    resources: sources.meter.health(),
  };
}

/** The services as pidnap sees them; throws when it does not answer in time. */
export async function readServices(pidnap: PidnapClient): Promise<ServiceStatus[]> {
  return serviceStatuses(
    await withDeadline(PIDNAP_DEADLINE_MS, (signal) => pidnap.list(undefined, { signal })),
  );
}
