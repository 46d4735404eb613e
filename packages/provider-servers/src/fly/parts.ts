import type { HostMachines } from '../host/host-machines.ts';
import type { Floor } from '../server/floor.ts';
import type { StateFile } from '../state/state-file.ts';
import type { FlyState } from './record.ts';

/**
 * How a lease is told. The published specification describes a bare `Lease`; Fly's own client reads an envelope,
 * `{status, data}`, and so answers the API.
 */
export type LeaseForm = 'published' | 'enveloped';

/** What the parts of the Fly server share. */
export type FlyParts = Floor & {
  file: StateFile<FlyState>;
  host: HostMachines;
  regions: readonly string[];
  /** How long a new machine is missing from lists. */
  listDelayMs: number;
  leaseForm: LeaseForm;
};
