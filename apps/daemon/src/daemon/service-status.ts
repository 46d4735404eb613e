/** What Fettle tells of a machine's services, from what pidnap tells of its processes. Pure. */
import { ServiceName, type ServiceStatus } from '@fettle/contract';
import { isVersionTask } from '@fettle/core/version-change';
import type { ProcessView } from '@fettle/pidnap/contract';
import * as v from 'valibot';

/** The most that a report takes. */
const MAX_SERVICES = 64;
const MAX_REASON = 500;

/** Services only: version tasks, and processes whose names no service could have, are left out. */
export function serviceStatuses(processes: readonly ProcessView[]): ServiceStatus[] {
  return processes
    .filter(({ name }) => !isVersionTask(name) && v.is(ServiceName, name))
    .slice(0, MAX_SERVICES)
    .map(serviceStatus);
}

/** One process as a service. Its pid is only told while there is a process. */
export function serviceStatus(view: ProcessView): ServiceStatus {
  const reason = view.health.status === 'unhealthy' ? `${view.message}; ${view.health.message}` : view.message;
  return {
    name: view.name,
    state: view.state,
    health: view.health.status,
    restarts: view.restarts,
    pid: view.pid,
    exitCode: view.exitCode,
    signal: view.signal,
    startedAt: view.startedAt,
    reason: reason === '' ? null : reason.slice(0, MAX_REASON),
  };
}
