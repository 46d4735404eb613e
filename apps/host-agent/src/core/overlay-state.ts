/** Combines what the backend sees with what the host-agent is doing about it. Pure. */
import type { Operation, ProviderState } from '@fettle/contract/host-agent';

interface Doing {
  operation: Operation | null;
  /** Whether the machine is being brought back after the host-agent's own stop. */
  resuming: boolean;
  /** Whether the machine was taken down by the host-agent's own stop and is not back: it is not gone. */
  parked: boolean;
}

/** The state that `inspect` reports. A running operation turns a resting state into the way that it is on. */
export function overlayState(observed: ProviderState, { operation, resuming, parked }: Doing): ProviderState {
  const kind = operation?.status === 'running' ? operation.kind : null;
  switch (observed) {
    case 'absent':
      if (kind === 'create') return 'creating';
      if (resuming || (parked && (kind === 'start' || kind === 'restart'))) return 'starting';
      return parked ? 'stopped' : 'absent';
    case 'stopped':
      if (kind === 'create' || kind === 'start' || kind === 'restart' || resuming) return 'starting';
      return 'stopped';
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
