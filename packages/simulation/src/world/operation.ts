/** What a host writes down of its work, and says of machines that it does not have. */
import type { Inspection, Operation } from '@fettle/contract';
import type { HostRequest } from './host-request.ts';

/** Work that has been taken. */
export function newOperation({ ref, kind }: HostRequest, now: number): Operation {
  return { action: ref, kind, status: 'running', startedAt: now, finishedAt: null, error: null };
}

/** Work that went wrong. */
export function failed(operation: Operation, now: number, message: string): Operation {
  return { ...operation, status: 'failed', finishedAt: now, error: { code: 'PROVIDER_FAILED', message } };
}

/** A machine that is not there. */
export function absent(machineId: string, host: string): Inspection {
  return {
    machineId,
    state: 'absent',
    instanceId: null,
    image: null,
    startedAt: null,
    exitCode: null,
    memoryKilled: false,
    trouble: null,
    diskPresent: false,
    operation: null,
    lastCopy: null,
    host,
  };
}
