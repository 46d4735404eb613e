/** What Fettle tells of a machine's services, from what pidnap tells of its processes. */
import type { ServiceStatus } from '@fettle/contract';
import { ServiceName } from '@fettle/contract/ids';
import * as v from 'valibot';
import { isVersionTask } from './version-change.ts';

/** The most that a report takes. */
const MAX_SERVICES = 64;
const MAX_REASON = 500;

/** The part of pidnap's view of a process that a service is made of. */
export type ProcessFacts = Pick<
  ServiceStatus,
  'name' | 'state' | 'restarts' | 'pid' | 'exitCode' | 'signal' | 'startedAt'
> & {
  health: { status: ServiceStatus['health']; message: string };
  message: string;
};

/** Services only: version tasks, and processes whose names no service could have, are left out. */
export function serviceStatuses(processes: readonly ProcessFacts[]): ServiceStatus[] {
  return processes
    .filter(({ name }) => !isVersionTask(name) && v.is(ServiceName, name))
    .slice(0, MAX_SERVICES)
    .map(serviceStatus);
}

/** One process as a service. Its pid is only told while there is a process. */
export function serviceStatus(view: ProcessFacts): ServiceStatus {
  const reason =
    view.health.status === 'unhealthy' ? `${view.message}; ${view.health.message}` : view.message;
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
