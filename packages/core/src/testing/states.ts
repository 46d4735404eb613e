/** A state in each phase, in which nothing is under way. */
import type { Phase } from '@fettle/contract';
import type { MachineState } from '../machine/record.ts';
import { incident, recovering, T0 } from './builders.ts';

export const STATES: { [phase in Phase]: MachineState } = {
  new: { phase: 'new', since: T0 },
  provisioning: { phase: 'provisioning', since: T0, actionId: null },
  starting: { phase: 'starting', since: T0 },
  healthy: { phase: 'healthy', since: T0 },
  suspect: { phase: 'suspect', since: T0 },
  recovering: recovering(),
  settling: { phase: 'settling', since: T0, incident: incident() },
  stopping: { phase: 'stopping', since: T0, actionId: null },
  stopped: { phase: 'stopped', since: T0 },
  bricked: {
    phase: 'bricked',
    since: T0,
    incident: incident({ outcome: 'bricked' }),
    salvage: { step: 'done', actionId: null, until: T0 },
  },
  retired: { phase: 'retired', since: T0, actionId: null, settled: true },
  destroyed: { phase: 'destroyed', since: T0 },
};
