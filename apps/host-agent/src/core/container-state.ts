/** What the engine's account of a container means for a machine. Pure. */
import type { ContainerInspectInfo } from 'dockerode';
import type { Observation } from '../backend/machine-backend.ts';

/** The part of an inspection that is read here. */
export type InspectedContainer = Pick<ContainerInspectInfo, 'Id' | 'Image'> & {
  State: Pick<ContainerInspectInfo['State'], 'Status' | 'ExitCode' | 'OOMKilled' | 'StartedAt' | 'Error'>;
};

/**
 * A container that runs is no proof of health: a frozen one runs too. A container that was never started is a stopped
 * machine. A status that this version does not know is `unknown`.
 */
export function observationOf({ Id, Image, State }: InspectedContainer, diskPresent: boolean): Observation {
  const state = stateOf(State.Status);
  const ended = state === 'stopped' && State.Status !== 'created';
  return {
    state,
    instanceId: Id,
    image: Image,
    startedAt: timeOf(State.StartedAt),
    exitCode: ended ? State.ExitCode : null,
    memoryKilled: State.OOMKilled,
    // The engine's reason for a container that could not be started; empty otherwise.
    trouble: State.Error || null,
    diskPresent,
  };
}

function stateOf(status: string): Observation['state'] {
  switch (status) {
    case 'running':
      return 'running';
    case 'paused':
      return 'paused';
    case 'created':
    case 'exited':
    case 'dead':
      return 'stopped';
    case 'restarting':
      return 'starting';
    case 'removing':
      return 'stopping';
    default:
      return 'unknown';
  }
}

/** The engine writes the year 1 for "never". */
function timeOf(text: string): number | null {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? null : time;
}
