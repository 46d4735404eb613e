/** Combines what the backend sees with what the host-agent is doing about it. Pure. */
import type { Operation, OperationKind, ProviderState } from '@fettle/contract/host-agent';

interface Doing {
  operation: Operation | null;
  /** Whether the machine is being brought back after the host-agent's own stop. */
  resuming: boolean;
  /** Whether the machine was taken down by the host-agent's own stop and is not back: it is not gone. */
  parked: boolean;
}

const ENDS_RUNNING: ReadonlySet<OperationKind> = new Set(['create', 'start', 'restart', 'rebuild']);

/** The state that `inspect` reports. A running operation turns a resting state into the way that it is on. */
export function overlayState(observed: ProviderState, { operation, resuming, parked }: Doing): ProviderState {
  const kind = operation?.status === 'running' ? operation.kind : null;
  switch (observed) {
    case 'absent':
      if (kind === 'create') return 'creating';
      if (kind === 'rebuild') return 'starting';
      if (resuming || (parked && (kind === 'start' || kind === 'restart'))) return 'starting';
      return parked ? 'stopped' : 'absent';
    case 'stopped':
      return resuming || (kind !== null && ENDS_RUNNING.has(kind)) ? 'starting' : 'stopped';
    case 'running':
      return kind === 'stop' || kind === 'destroy' ? 'stopping' : 'running';
    case 'creating':
    case 'starting':
    case 'stopping':
    case 'paused':
    case 'unknown':
      return observed;
    default:
      return observed satisfies never;
  }
}
